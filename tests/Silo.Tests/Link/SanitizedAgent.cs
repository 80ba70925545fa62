using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>
/// The real agent, built by its own Makefile with the sanitizers, and run outside gVisor in namespaces of its own: its PID 1, its mounts. Needs
/// root, a C compiler and make, as the whole product does.
/// </summary>
public sealed class SanitizedAgent : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-link-tests-").FullName;

    public SanitizedAgent()
    {
        try
        {
            var sources = Path.GetFullPath(Path.Combine(Here(), "../../../src/Guest"));
            using var make = Process.Start("make", ["--silent", "-C", sources, "sanitize", $"OUT={Program}"]);
            make.WaitForExit();
            Assert.Equal(0, make.ExitCode);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private string Program => Path.Combine(_directory, "agent");

    /// <summary>Starts an agent whose programs see this machine's files, and what they write in a tmpfs.</summary>
    internal async Task<RunningAgent> StartAsync()
    {
        var process = Process.Start(new ProcessStartInfo("unshare", ["--fork", "--kill-child", "--pid", "--mount-proc", "--uts", "--ipc", Program])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaints = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            var link = await GuestLink.ConnectAsync(
                process.StandardInput.BaseStream,
                process.StandardOutput.BaseStream,
                ScriptedGuest.Configuration with { Lower = ["/"], DiskBytes = 64 << 20, MemoryBytes = 0 },
                new GuestLinkOptions(),
                TimeProvider.System,
                NullLogger.Instance,
                TestContext.Current.CancellationToken);
            return new RunningAgent(process, complaints, link);
        }
        catch (LinkException e)
        {
            process.Kill();
            throw new InvalidOperationException($"{e.Message} It said: {await complaints}", e);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

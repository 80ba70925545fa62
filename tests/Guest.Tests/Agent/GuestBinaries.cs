using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sandbox.Guest.Tests.Agent;

/// <summary>The two builds of the agent and the attacks, compiled once a run.</summary>
public sealed class GuestBinaries : IDisposable
{
    public GuestBinaries()
    {
        Root = Directory.CreateTempSubdirectory("sandbox-guest-tests-").FullName;
        try
        {
            Sanitized = Path.Combine(Root, "agent-sanitized");
            Release = Path.Combine(Root, "agent");
            Attacks = Path.Combine(Root, "layer");
            Directory.CreateDirectory(Path.Combine(Attacks, "attacks"));
            Run("make", "-s", "-C", Source("../../../src/Guest"), "sanitize", $"OUT={Sanitized}");
            Run("make", "-s", "-C", Source("../../../src/Guest"), $"OUT={Release}");
            Run("cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-static", "-o", Path.Combine(Attacks, "attacks", "attack"),
                Source("../Attacks/attack.c"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A directory for this run's files.</summary>
    public string Root { get; }

    /// <summary>The agent with the address and undefined-behaviour sanitizers, dynamically linked.</summary>
    public string Sanitized { get; }

    /// <summary>The agent as it is shipped.</summary>
    public string Release { get; }

    /// <summary>A layer with /attacks/attack.</summary>
    public string Attacks { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Source(string relative, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, relative));

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} failed: {errors}");
    }
}

using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>The link on the pipes of a real child process, whose reads and writes may hang in the kernel.</summary>
public sealed class GuestLinkPipeTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disposal_does_not_hang_on_a_child_that_neither_reads_nor_writes_nor_ends(bool writing)
    {
        // The frames that let the host start a process, and then nothing for good: the input fills the pipe and stays there.
        var script = Path.GetTempFileName();
        await File.WriteAllBytesAsync(script, [.. GuestFrames.Hello(), .. GuestFrames.Ready(), .. GuestFrames.Started(1)], Test);
        const string Play = """head -c 36 "$0"; head -c 100 >/dev/null; tail -c +37 "$0" 2>/dev/null; exec sleep 1000""";
        using var child = Process.Start(new ProcessStartInfo("sh", ["-c", Play, script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            var link = await GuestLink.ConnectAsync(
                child.StandardInput.BaseStream, child.StandardOutput.BaseStream, ScriptedGuest.Configuration, new GuestLinkOptions(),
                TimeProvider.System, NullLogger.Instance, Test);
            Task write = Task.CompletedTask;
            if (writing)
            {
                var process = (await link.StartAsync(ScriptedGuest.Shell, Test)).Process!;
                write = process.WriteInputAsync(new byte[1 << 20], Test);
            }

            var since = Stopwatch.GetTimestamp();
            await link.DisposeAsync();
            // Both loops were let go of by cancellation, not by the time limit.
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
            Assert.Equal(LinkEndKind.Closed, (await link.Ended).Kind);
            if (writing)
            {
                await Assert.ThrowsAsync<LinkException>(() => write);
            }

            Assert.False(child.HasExited);
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(CancellationToken.None);
            File.Delete(script);
        }
    }
}

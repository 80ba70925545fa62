using System.Diagnostics;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>A running <see cref="SanitizedAgent"/> and the link to it.</summary>
internal sealed class RunningAgent(Process process, Task<string> complaints, GuestLink link) : IAsyncDisposable
{
    public GuestLink Link => link;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public static ProcessStart Shell(string id, string script) => new()
    {
        Id = id,
        Arguments = ["sh", "-c", script],
        Environment = ["PATH=/usr/bin:/bin"],
        Directory = "/tmp",
        Uid = 1000,
        Gid = 1000,
    };

    public async Task<GuestProcess> StartAsync(ProcessStart start)
    {
        var result = await link.StartAsync(start, Test);
        Assert.True(result.IsStarted, result.Failure?.ToString());
        return result.Process;
    }

    /// <summary>Shuts it down and checks that it left without a complaint of a sanitizer.</summary>
    public async Task ShutDownAsync()
    {
        Assert.Equal(LinkEndKind.ShutDown, (await link.ShutdownAsync(Test)).Kind);
        await process.WaitForExitAsync(Test);
        Assert.Equal((0, ""), (process.ExitCode, await complaints));
    }

    public async ValueTask DisposeAsync()
    {
        await link.DisposeAsync();
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}

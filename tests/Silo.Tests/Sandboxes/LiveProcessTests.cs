using Sandbox.Grains.Processes;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveProcessTests(TestBinaries binaries)
{
    private const string NoTemplate = "SANDBOX_TEST_ROOTFS and SANDBOX_TEST_AGENT name no template and agent.";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000, Skip = NoTemplate, SkipType = typeof(LiveHost), SkipWhen = nameof(LiveHost.Missing))]
    public async Task A_process_runs_and_its_output_and_exit_can_be_read_again_and_again()
    {
        await using var host = await LiveHost.StartAsync(binaries);
        var sandbox = await host.CreateAsync(spec: LiveHost.Spec with { Environment = new() { ["FRUIT"] = "apple" } });
        var process = await sandbox.StartAsync(Shell("one", "echo $FRUIT $LEAF $(id -u) $PWD; echo bad >&2; exit 7") with
        {
            Environment = new() { ["LEAF"] = "green" },
        });

        var end = await process.Ended.WaitAsync(Test);
        Assert.Equal((ProcessEndReason.Exited, 7), (end.Reason, end.Code));
        Assert.Equal("apple green 1000 /home/user\n", await process.TextAsync(follow: false));
        Assert.Equal("apple green 1000 /home/user\n", await process.TextAsync());
        Assert.Equal("green 1000 /home/user\n", await process.TextAsync(from: 6));
        Assert.Equal("bad\n", await process.TextAsync(ProcessChannel.Stderr));
        Assert.Equal([7, 7], sandbox.Processes.Select(p => p.Describe().End?.Code).Append(process.Describe().End?.Code));
        Assert.Same(process, sandbox.Find("one"));
    }
}

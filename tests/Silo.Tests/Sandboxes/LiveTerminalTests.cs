using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Programs in terminals, with the real agent.</summary>
[Collection("runsc")]
public sealed class LiveTerminalTests(TestBinaries binaries, LiveTemplate template)
{
    private static readonly TerminalSpec _size = new() { Rows = 24, Columns = 80, Name = "xterm-256color" };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_process_in_a_terminal_sees_one_and_says_everything_on_it()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(InTerminal("t", "stty size; echo $TERM; echo bad >&2; test -t 0 && echo yes"));

        Assert.Equal("24 80\r\nxterm-256color\r\nbad\r\nyes\r\n", await process.TextAsync(ProcessChannel.Terminal));
        Assert.Equal(0, (await process.Ended.WaitAsync(Test)).Code);
        Assert.Equal([ProcessChannel.Terminal], process.Describe().Channels.Select(channel => channel.Channel));
        Assert.Equal(_size, process.Describe().Terminal);
    }

    [LiveFact]
    public async Task What_is_typed_is_echoed_and_interrupts()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(InTerminal("t", "exec cat"));
        await process.TypeAsync(0, "hi\r");
        await process.UntilAsync("hi\r\nhi\r\n", ProcessChannel.Terminal);

        await process.TypeAsync(3, "\u0003");

        Assert.Equal((ProcessEndReason.Killed, 2), ((await process.Ended.WaitAsync(Test)) is var end ? (end.Reason, end.Signal) : default));
    }

    [LiveFact]
    public async Task The_end_of_input_is_typed()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(InTerminal("t", "cat; echo over"));
        await process.TypeAsync(0, "hi\r");
        Assert.Equal(3, (await process.EndInputAsync(3, Test)).Value?.Offset);

        Assert.Equal("hi\r\nhi\r\nover\r\n", await process.TextAsync(ProcessChannel.Terminal));
    }

    [LiveFact]
    public async Task A_new_size_reaches_the_program()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(InTerminal("t", "trap 'stty size; exit 4' WINCH; echo up; while :; do sleep 0.05; done"));
        await process.UntilAsync("up", ProcessChannel.Terminal);

        Assert.Null(await process.ResizeAsync(30, 100, Test));

        Assert.Equal("up\r\n30 100\r\n", await process.TextAsync(ProcessChannel.Terminal));
        Assert.Equal(4, (await process.Ended.WaitAsync(Test)).Code);
        Assert.Equal(_size with { Rows = 30, Columns = 100 }, process.Describe().Terminal);
        Assert.Equal(SandboxErrorCode.Invalid, (await process.ResizeAsync(0, 100, Test))?.Code);
    }

    [LiveFact]
    public async Task A_process_without_a_terminal_has_no_size()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        ILiveProcess process = await sandbox.StartAsync(Shell("p", "true"));
        Assert.Equal(SandboxErrorCode.Invalid, (await process.ResizeAsync(24, 80, Test))?.Code);
    }

    private static ProcessSpec InTerminal(string id, string script) => Shell(id, script) with { Terminal = _size };
}

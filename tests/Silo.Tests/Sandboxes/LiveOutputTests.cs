using System.Text;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Output;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveOutputTests(TestBinaries binaries, LiveTemplate template)
{
    private const int Lines = 100_000;

    private static OutputLogOptions Small { get; } = new() { MemoryBytes = 65_536, LogBytes = 65_536 };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task Readers_that_come_and_go_see_every_byte_once()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("count", $"seq 1 {Lines}"));

        var texts = await Task.WhenAll(Enumerable.Range(0, 3).Select(seed => ReadInPiecesAsync(process, new Random(seed))));

        var expected = string.Concat(Enumerable.Range(1, Lines).Select(i => $"{i}\n"));
        Assert.All(texts, text => Assert.Equal(expected, text));
    }

    [LiveFact]
    public async Task A_log_that_waits_for_its_reader_holds_up_no_other_channel_and_no_other_process()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, logs: Small);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(
            Shell("much", $"(seq 1 {Lines}; echo written >&2) & echo beside >&2; wait") with { OnFull = FullLogPolicy.Block });
        await UntilAsync(() => process.Describe().Channels[0].Offset == Small.LogBytes);

        await process.UntilAsync("beside", ProcessChannel.Stderr);
        Assert.Equal("other\n", await (await sandbox.StartAsync(Shell("other", "echo other"))).TextAsync());
        Assert.False(process.Ended.IsCompleted);

        var text = new StringBuilder();
        await foreach (var item in process.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(null, 0), follow: true, Test))
        {
            if (item is OutputEnd) break;
            var data = Assert.IsType<OutputData>(item);
            text.Append(Encoding.ASCII.GetString(data.Data));
            process.Acknowledge(ProcessChannel.Stdout, data.Offset + data.Data.Length);
        }

        Assert.Equal(string.Concat(Enumerable.Range(1, Lines).Select(i => $"{i}\n")), text.ToString());
        Assert.Equal("beside\nwritten\n", await process.TextAsync(ProcessChannel.Stderr));
        Assert.Equal(0, (await process.Ended.WaitAsync(Test)).Code);
    }

    [LiveFact]
    public async Task What_fell_out_is_a_gap_and_the_rest_follows()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, logs: Small);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("much", $"seq 1 {Lines}"));
        await process.Ended.WaitAsync(Test);

        var items = new List<OutputItem>();
        await foreach (var item in process.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(null, 0), follow: true, Test)) items.Add(item);

        var gap = Assert.IsType<OutputGap>(items[0]);
        Assert.Equal(0, gap.From);
        var rest = items.OfType<OutputData>().ToList();
        Assert.Equal(gap.To, rest[0].Offset);
        Assert.EndsWith($"\n{Lines}\n", Encoding.ASCII.GetString(rest[^1].Data), StringComparison.Ordinal);
        Assert.Equal(process.Describe().Channels[0].Offset, Assert.IsType<OutputEnd>(items[^1]).Offset);
    }

    [LiveFact]
    public async Task A_process_that_leaves_a_daemon_has_ended_while_its_channel_goes_on()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("daemon", "(until test -e go; do sleep 0.02; done; echo late) & echo early"));

        Assert.Equal(0, (await process.Ended.WaitAsync(Test)).Code);
        Assert.Equal("early\n", await process.TextAsync(follow: false));
        Assert.False(process.Describe().Channels[0].Ended);
        await (await sandbox.StartAsync(Shell("go", "touch go"))).Ended.WaitAsync(Test);
        Assert.Equal("early\nlate\n", await process.TextAsync());
    }

    [LiveFact]
    public async Task A_channel_that_a_process_does_not_have_is_refused()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("p", "true"));

        await using var items = process.ReadOutputAsync(ProcessChannel.Terminal, new OutputCursor(null, 0), follow: true, Test).GetAsyncEnumerator(Test);

        Assert.True(await items.MoveNextAsync());
        Assert.Equal(SandboxErrorCode.Invalid, Assert.IsType<OutputFailure>(items.Current).Error.Code);
        Assert.False(await items.MoveNextAsync());
    }

    private static async Task<string> ReadInPiecesAsync(ILiveProcess process, Random random)
    {
        var text = new StringBuilder();
        while (true)
        {
            var patience = random.Next(1, 4);
            await foreach (var item in process.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(1, text.Length), follow: true, Test))
            {
                if (item is OutputEnd) return text.ToString();
                text.Append(Encoding.ASCII.GetString(Assert.IsType<OutputData>(item).Data));
                if (--patience == 0) break;
            }
        }
    }
}

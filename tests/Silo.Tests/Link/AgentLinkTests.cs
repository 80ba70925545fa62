using System.Text;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>The two ends that ship, against each other.</summary>
public sealed class AgentLinkTests(SanitizedAgent agents) : IClassFixture<SanitizedAgent>
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_program_reads_its_input_writes_its_channels_and_exits()
    {
        await using var agent = await agents.StartAsync();
        var start = RunningAgent.Shell("a", "cat; cat /tmp/note >&2; printf 42 >&3; exit 7") with
        {
            File = new FileToMake("/tmp/note", "a note"u8.ToArray()),
            ResultChannel = true,
        };
        var process = await agent.StartAsync(start);
        var input = new byte[300_000];
        new Random(1).NextBytes(input);
        var writing = process.WriteInputAsync(input, Test);
        var ending = process.EndInputAsync(Test);
        var output = await ReadAsync(process);
        Assert.True(await writing);
        await ending;
        Assert.Equal(input, output[LinkChannel.Stdout].ToArray());
        Assert.Equal("a note", Encoding.ASCII.GetString(output[LinkChannel.Stderr].ToArray()));
        Assert.Equal("42", Encoding.ASCII.GetString(output[LinkChannel.Result].ToArray()));
        Assert.Equal(7, (await process.Exited).Code);

        Assert.Equal(StartStage.AlreadyStarted, (await agent.Link.StartAsync(start, Test)).Failure?.Stage);
        var missing = await agent.Link.StartAsync(start with { Id = "b", Arguments = ["/no/such/program"], File = null }, Test);
        Assert.Equal((StartStage.Exec, 2), (missing.Failure?.Stage, missing.Failure?.Errno));
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Much_output_of_many_programs_comes_whole_while_one_is_not_read()
    {
        await using var agent = await agents.StartAsync();
        using var stalled = await agent.StartAsync(RunningAgent.Shell("stalled", "yes"));
        var sizes = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            var process = await agent.StartAsync(RunningAgent.Shell($"p{i}", "head -c 20000000 /dev/zero"));
            sizes.Add((await ReadAsync(process))[LinkChannel.Stdout].Length);
        }

        Assert.All(sizes, size => Assert.Equal(20_000_000, size));
        Assert.False(stalled.Exited.IsCompleted);
        Assert.True(stalled.Signal(15, SignalScope.Everything));
        Assert.Equal(15, (await stalled.Exited).Signal);
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_disposed_process_is_killed_and_forgotten()
    {
        await using var agent = await agents.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var process = await agent.StartAsync(RunningAgent.Shell($"p{i}", i % 2 == 0 ? "sleep 1000" : "yes"));
            process.Dispose();
            Assert.Equal(9, (await process.Exited).Signal);
        }

        await agent.Link.PingAsync(Test);
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_mould_becomes_the_program_that_is_poured_into_it()
    {
        await using var agent = await agents.StartAsync();
        var mould = await agent.StartAsync(RunningAgent.Shell("mould", "") with { Arguments = ["sh", "/tmp/script"], Mould = new Mould("/tmp/script") });
        Assert.Null(await mould.PourAsync(new ProcessPour { Content = "echo poured; exit 3\n"u8.ToArray() }, Test));
        var output = await ReadAsync(mould);
        Assert.Equal("poured\n", Encoding.ASCII.GetString(output[LinkChannel.Stdout].ToArray()));
        Assert.Equal(3, (await mould.Exited).Code);
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_mould_that_ends_before_it_is_poured_refuses()
    {
        await using var agent = await agents.StartAsync();
        using var ends = await agent.StartAsync(RunningAgent.Shell("ends", "exit 0") with { Mould = new Mould("/tmp/other") });
        await ends.Exited.WaitAsync(Test);
        var refused = await ends.PourAsync(new ProcessPour { Content = new byte[100_000] }, Test);
        Assert.Equal(StartStage.NoWaitingMould, refused?.Stage);
        await agent.ShutDownAsync();
    }

    private static async Task<Dictionary<LinkChannel, MemoryStream>> ReadAsync(GuestProcess process)
    {
        var output = new Dictionary<LinkChannel, MemoryStream>();
        await foreach (var chunk in process.ReadOutputAsync(cancellationToken: Test))
        {
            if (!output.TryGetValue(chunk.Channel, out var channel))
            {
                output[chunk.Channel] = channel = new MemoryStream();
            }

            Assert.Equal((ulong)channel.Length, chunk.Offset);
            channel.Write(chunk.Data);
        }

        return output;
    }
}

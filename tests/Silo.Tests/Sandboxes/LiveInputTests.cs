using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveInputTests(TestBinaries binaries, LiveTemplate template)
{
    private static readonly byte[] _much = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i:d5}\n")));

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task Input_is_taken_once_and_a_gap_is_refused()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var cat = await sandbox.StartAsync(Shell("cat", "cat") with { Stdin = true });

        Assert.Equal(3, (await cat.TypeAsync(0, "abc")).Value?.Offset);
        Assert.Equal(3, (await cat.TypeAsync(0, "abc")).Value?.Offset);
        Assert.Equal(6, (await cat.TypeAsync(1, "bcdef")).Value?.Offset);
        AssertExpected(6, await cat.TypeAsync(7, "h"));
        Assert.Equal(SandboxErrorCode.Invalid, (await cat.TypeAsync(-1, "h")).Error?.Code);
        await cat.UntilAsync("abcdef");
        AssertExpected(6, await cat.EndInputAsync(5, Test));
        AssertExpected(6, await cat.EndInputAsync(7, Test));
        Assert.Equal(6, (await cat.EndInputAsync(6, Test)).Value?.Offset);
        Assert.Equal(6, (await cat.EndInputAsync(6, Test)).Value?.Offset);
        Assert.Equal(6, (await cat.TypeAsync(0, "abcdef")).Value?.Offset);
        Assert.Equal(SandboxErrorCode.Conflict, (await cat.TypeAsync(6, "g")).Error?.Code);
        Assert.Equal("abcdef", await cat.TextAsync());
        Assert.Equal(6, cat.Describe().InputOffset);
    }

    [LiveFact]
    public async Task Who_takes_no_input_says_so()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var without = await sandbox.StartAsync(Shell("without", "cat; echo over"));
        Assert.Equal("over\n", await without.TextAsync());
        Assert.Equal(SandboxErrorCode.Conflict, (await without.TypeAsync(0, "x")).Error?.Code);

        var ended = await sandbox.StartAsync(Shell("ended", "true") with { Stdin = true });
        await ended.Ended.WaitAsync(Test);
        Assert.Equal(SandboxErrorCode.Conflict, (await ended.TypeAsync(0, "x")).Error?.Code);
    }

    [LiveFact]
    public async Task The_same_bytes_written_by_many_at_once_arrive_once()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var cat = await sandbox.StartAsync(Shell("cat", "cat") with { Stdin = true });

        var writes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cat.WriteInputAsync(0, _much, Test)));

        Assert.All(writes, write => Assert.Equal(_much.Length, write.Value?.Offset));
        await cat.EndInputAsync(_much.Length, Test);
        Assert.Equal(Encoding.ASCII.GetString(_much), await cat.TextAsync());
    }

    [LiveFact]
    public async Task A_write_that_was_given_up_leaves_an_offset_from_which_it_goes_on()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var cat = await sandbox.StartAsync(Code("cat", Language.Bash, "until test -e go; do sleep 0.02; done; cat") with { Stdin = true });
        using var giveUp = new CancellationTokenSource();
        var write = cat.WriteInputAsync(0, _much, giveUp.Token);
        await UntilAsync(() => cat.Describe().InputOffset > 0);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        var taken = cat.Describe().InputOffset;
        Assert.InRange(taken, 1, _much.Length - 1);

        await (await sandbox.StartAsync(Shell("go", "touch go"))).Ended.WaitAsync(Test);
        Assert.Equal(_much.Length, (await cat.WriteInputAsync(taken, _much.AsMemory((int)taken), Test)).Value?.Offset);

        await cat.EndInputAsync(_much.Length, Test);
        Assert.Equal(Encoding.ASCII.GetString(_much), await cat.TextAsync());
    }

    [LiveFact]
    public async Task A_write_that_nobody_reads_answers_after_fifteen_seconds_with_what_was_taken()
    {
        var time = new FakeTimeProvider();
        await using var host = await LiveHost.StartAsync(binaries, template, time: time);
        var sandbox = await host.CreateAsync();
        var sleeper = await sandbox.StartAsync(Shell("sleep", "exec sleep 1000") with { Stdin = true });
        var write = sleeper.WriteInputAsync(0, _much, Test);
        await UntilAsync(() => sleeper.Describe().InputOffset > 65_536);

        while (!write.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(5, Test);
        }

        var taken = (await write).Value?.Offset;
        Assert.Equal(sleeper.Describe().InputOffset, taken);
        Assert.InRange(taken!.Value, 65_537, _much.Length - 1);
    }

    private static void AssertExpected(long expected, Outcome<Grains.Processes.InputTaken> outcome)
    {
        Assert.Equal(SandboxErrorCode.Conflict, outcome.Error?.Code);
        Assert.Equal(expected, outcome.Error?.Expected);
    }
}

using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>Sandboxes that end by themselves, with a clock that stands still until the test moves it.</summary>
public sealed class RelapseTests : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const string Key = "alice/one";
    private TestSilo _silo = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(Key);

    public async ValueTask InitializeAsync() => _silo = await TestSilo.StartAsync(fakeClock: true);

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(5, 8)]
    [InlineData(100, 1024)]
    public void The_rest_grows(int relapses, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Relapses.Rest(relapses));

    [Fact]
    public void What_ran_for_long_begins_anew()
    {
        Assert.Equal(4, Relapses.Count(3, Relapses.Soon - TimeSpan.FromSeconds(1)));
        Assert.Equal(0, Relapses.Count(3, Relapses.Soon));
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_ends_at_once_whenever_it_goes_on_rests_longer_each_time_and_fails_in_the_end()
    {
        await CreateAsync();
        await LoseAsync();
        foreach (var rest in (int[])[0, 1, 2, 4, 8])
        {
            if (rest > 0)
            {
                var refused = (await Sandbox.RestoreAsync(Token)).Error!;
                Assert.Equal((SandboxErrorCode.Unavailable, TimeSpan.FromSeconds(rest)), (refused.Code, refused.RetryAfter!.Value));
                Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.StartAsync(Specs.Process("p"), null, null, Token)).Error!.Code);
                Assert.Equal(SandboxStatus.Suspended, await StatusAsync());
                _silo.Clock!.Advance(TimeSpan.FromSeconds(rest));
            }

            Assert.Null((await Sandbox.RestoreAsync(Token)).Error);
            if (rest < 8) await LoseAsync();
        }

        _silo.Host[Key].Lose("It needs more memory.");
        await Waiting.UntilAsync(async () => (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync())[^1].Type is Failed);
        Assert.StartsWith("It needs more memory. It was the 6th time in a row", (await Sandbox.DescribeAsync()).Value!.Reason, StringComparison.Ordinal);
        Assert.Equal(SandboxStatus.Failed, await StatusAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_ran_for_a_while_or_goes_back_further_rests_no_more()
    {
        await CreateAsync();
        var older = (await Sandbox.CheckpointAsync(null, Token)).Value!.Id;
        for (var i = 0; i < 3; i++)
        {
            await LoseAsync();
            _silo.Clock!.Advance(TimeSpan.FromSeconds(10));
            Assert.Null((await Sandbox.RestoreAsync(Token)).Error);
        }

        await LoseAsync();
        Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.RestoreAsync(Token)).Error!.Code);
        Assert.Null((await Sandbox.RewindAsync(older, Token)).Error);
        await LoseAsync();
        Assert.Null((await Sandbox.RestoreAsync(Token)).Error);
        _silo.Clock!.Advance(Relapses.Soon);
        for (var i = 0; i < 2; i++)
        {
            await LoseAsync();
            Assert.Null((await Sandbox.RestoreAsync(Token)).Error);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task The_processes_of_another_history_are_told_of_by_no_event_also_when_the_grain_is_activated_anew_meanwhile()
    {
        await CreateAsync();
        await Sandbox.StartAsync(Specs.Process("old"), null, null, Token);
        var checkpoint = (await Sandbox.CheckpointAsync(null, Token)).Value!.Id;
        _silo.Host[Key].Process("old").End(code: 0);
        await Sandbox.StartAsync(Specs.Process("lost"), null, null, Token);
        await LoseAsync();
        await _silo.DisposeAsync();
        _silo = await TestSilo.StartAsync(fakeClock: true, before: _silo);
        var before = (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync()).Count;
        Assert.Null((await Sandbox.RestoreAsync(Token)).Error);
        Assert.Equal(checkpoint, (await Sandbox.ListCheckpointsAsync(Token)).Value!.Current);
        Assert.Equal("old", Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes).Id);
        Assert.Equal([Restored], (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync()).Skip(before).Select(happened => happened.Type));
    }

    private async Task CreateAsync()
    {
        Assert.True((await Sandbox.CreateAsync(Specs.Plain with { IdleTimeout = null }, Token)).Succeeded);
        Assert.True((await Sandbox.CheckpointAsync(null, Token)).Succeeded);
    }

    /// <summary>Until it is written down: it is described as what it will be before.</summary>
    private async Task LoseAsync()
    {
        var before = await RewindsAsync();
        _silo.Host[Key].Lose("It needs more memory.");
        await Waiting.UntilAsync(async () => await RewindsAsync() > before);
        Assert.Equal(SandboxStatus.Suspended, await StatusAsync());
    }

    private async Task<int> RewindsAsync() => (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync()).Count(happened => happened.Type is Rewound);

    private async Task<SandboxStatus> StatusAsync() => (await Sandbox.DescribeAsync()).Value!.Status;
}

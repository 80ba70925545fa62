using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>Timeouts, with a clock that stands still until the test moves it.</summary>
public sealed class TimeTests : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const string Key = "alice/one";
    private TestSilo _silo = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(Key);

    public async ValueTask InitializeAsync() => _silo = await TestSilo.StartAsync(fakeClock: true);

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact(Timeout = Deadline)]
    public async Task The_grain_of_an_id_that_nobody_created_goes_within_a_second_of_its_activation()
    {
        var made = _silo.Sandbox("alice/made-up");
        Assert.Equal(SandboxErrorCode.NotFound, (await made.DescribeAsync()).Error!.Code);
        Assert.False(await made.CheckTokenAsync("guess"));
        Assert.Empty(await made.ReadEventsAsync(0, false, Token).AllAsync());
        Assert.Equal(SandboxErrorCode.NotFound, (await made.DeleteAsync("")).Error!.Code);
        Assert.Single(_silo.Host.Sought, "alice/made-up");
        Advance(1);
        await Waiting.UntilAsync(async () =>
        {
            await made.DescribeAsync();
            return _silo.Host.Sought.Count(key => key == "alice/made-up") == 2;
        });

        // One that is looked for and then made stays.
        await Sandbox.DescribeAsync();
        await CreateAsync(idle: null);
        Advance(2);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        Assert.Single(_silo.Host.Sought, Key);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_grain_of_a_creation_that_was_refused_goes_too()
    {
        _silo.Host.Refusals[Key] = new SandboxError { Code = SandboxErrorCode.Overloaded, Message = "full" };
        Assert.Equal(SandboxErrorCode.Overloaded, (await Sandbox.CreateAsync(Specs.Plain, Token)).Error!.Code);
        Advance(1);
        await Waiting.UntilAsync(async () =>
        {
            await Sandbox.DescribeAsync();
            return _silo.Host.Sought.Count(key => key == Key) == 2;
        });
    }

    [Fact(Timeout = Deadline)]
    public async Task An_idle_sandbox_is_warned_and_then_deleted()
    {
        await CreateAsync(idle: 300);
        var begin = _silo.Clock!.GetUtcNow();
        Assert.Equal(begin + Seconds(300), (await Sandbox.DescribeAsync()).Value!.Expires);
        Advance(269);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        Assert.DoesNotContain(IdleWarning, await EventsAsync());
        Advance(1);
        await UntilEventAsync(IdleWarning);
        var warning = (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync())[^1];
        Assert.Equal(begin + Seconds(300), warning.At);
        Advance(29);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        Advance(1);
        await UntilAsync(SandboxStatus.Deleted);
        Assert.Equal("It was idle for 300 s.", (await Sandbox.DescribeAsync()).Value!.Reason);
        Assert.Equal([Created, IdleWarning, Deleting, Deleted], await EventsAsync());
        Assert.Null(_silo.Host.FindSandbox(Key));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_call_is_an_activity_and_looking_is_none()
    {
        await CreateAsync(idle: 100);
        Advance(80);
        await Sandbox.TouchAsync();
        Advance(80);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        await Sandbox.StatsAsync();
        await Sandbox.ListProcessesAsync();
        await _silo.List("alice").ListAsync(null, 10, []);
        Advance(20);
        await UntilAsync(SandboxStatus.Deleted);
    }

    [Fact(Timeout = Deadline)]
    public async Task Idleness_begins_when_the_last_program_has_ended()
    {
        await CreateAsync(idle: 100);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        for (var i = 0; i < 10; i++)
        {
            Advance(100);
            Assert.Equal(SandboxStatus.Running, await StatusAsync());
        }

        Assert.Null((await Sandbox.DescribeAsync()).Value!.Expires);
        Assert.Equal([Created, ProcessStarted], await EventsAsync());
        Advance(30);
        _silo.Host[Key].Process("p").End();
        await UntilEventAsync(ProcessExited);
        Assert.Equal(_silo.Clock!.GetUtcNow() + Seconds(100), (await Sandbox.DescribeAsync()).Value!.Expires);
        Advance(99);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        Advance(1);
        await UntilAsync(SandboxStatus.Deleted);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_lifetime_ends_a_busy_sandbox()
    {
        await CreateAsync(idle: null, lifetime: 3600);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        Advance(3599);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        Advance(1);
        await UntilAsync(SandboxStatus.Deleted);
        Assert.Equal("Its lifetime of 3600 s was over.", (await Sandbox.DescribeAsync()).Value!.Reason);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_is_kept_alive_stays()
    {
        await CreateAsync(idle: null);
        for (var i = 0; i < 5; i++) Advance(86_400);
        Assert.Equal(SandboxStatus.Running, await StatusAsync());
        Assert.Null((await Sandbox.DescribeAsync()).Value!.Expires);
        Assert.Equal([Created], await EventsAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_deletion_that_fails_is_tried_again()
    {
        await CreateAsync(idle: 100);
        _silo.Blobs.Failure = new IOException("The disk is full.");
        Advance(90);
        Advance(10);
        await Waiting.UntilAsync(async () => await StatusAsync() is SandboxStatus.Deleting);
        _silo.Blobs.Failure = null;
        await Waiting.UntilAsync(async () =>
        {
            Advance(5);
            return await StatusAsync() is SandboxStatus.Deleted;
        });
        Assert.Null(_silo.Host.FindSandbox(Key));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_deleted_sandbox_is_forgotten_after_its_time()
    {
        await CreateAsync(idle: 100);
        await Sandbox.DeleteAsync("Asked.");
        await _silo.DisposeAsync();
        _silo = await TestSilo.StartAsync(fakeClock: true, before: _silo);
        Assert.Equal(SandboxStatus.Deleted, await StatusAsync());
        Assert.Equal(0, await _silo.Recovery.RunAsync(Token));

        Advance((int)SandboxRetention.Deleted.TotalSeconds + 1);
        await _silo.DisposeAsync();
        _silo = await TestSilo.StartAsync(fakeClock: true, before: _silo);
        Assert.Equal(1, await _silo.Recovery.RunAsync(Token));
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DescribeAsync()).Error!.Code);
        Assert.Null(await _silo.Blobs.FindAsync("alice/grains/sandbox/record/one", Token));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private void Advance(int seconds) => _silo.Clock!.Advance(Seconds(seconds));

    private async Task CreateAsync(int? idle, int? lifetime = null)
    {
        TimeSpan? Span(int? seconds) => seconds is { } value ? Seconds(value) : null;
        var spec = Specs.Plain with { IdleTimeout = Span(idle), Lifetime = Span(lifetime) };
        Assert.True((await Sandbox.CreateAsync(spec, Token)).Succeeded);
    }

    private async Task<SandboxStatus> StatusAsync() => (await Sandbox.DescribeAsync()).Value!.Status;

    private async Task<SandboxEventType[]> EventsAsync() =>
        [.. (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync()).Select(happened => happened.Type)];

    private Task UntilAsync(SandboxStatus status) => Waiting.UntilAsync(async () => await StatusAsync() == status);

    private Task UntilEventAsync(SandboxEventType type) => Waiting.UntilAsync(async () => (await EventsAsync()).Contains(type));
}

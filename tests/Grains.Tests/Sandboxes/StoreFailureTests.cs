using System.Text;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>A store that takes no writes for a while: calls say so, and the sandbox is as it was or as was asked, never in between.</summary>
public sealed class StoreFailureTests : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const string Key = "alice/one";
    private TestSilo _silo = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(Key);

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
    }

    public ValueTask DisposeAsync()
    {
        _silo.Blobs.Failure = null;
        return _silo.DisposeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_whose_suspension_cannot_be_written_down_goes_on()
    {
        _silo.Blobs.Failure = new IOException("Broken.");
        var refused = (await Sandbox.SuspendAsync()).Error!;
        Assert.Equal(SandboxErrorCode.Unavailable, refused.Code);
        Assert.Contains("Broken.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.True((await Sandbox.StartAsync(Specs.Process("q"), null, null, Token)).Succeeded);
        Assert.Empty(await _silo.Host.Stored.ListAsync(Key, Token));

        _silo.Blobs.Failure = null;
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.SuspendAsync()).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_paused_sandbox_that_cannot_be_suspended_stays_paused_and_can_be_resumed()
    {
        await Sandbox.PauseAsync();
        _silo.Blobs.Failure = new IOException("Broken.");
        Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.SuspendAsync()).Error!.Code);
        Assert.Equal(SandboxStatus.Paused, (await Sandbox.DescribeAsync()).Value!.Status);
        _silo.Blobs.Failure = null;
        _silo.Host[Key].CheckpointFailure = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The disk is full." };
        Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.SuspendAsync()).Error!.Code);
        Assert.Equal(SandboxStatus.Paused, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.ResumeAsync()).Value!.Status);
        Assert.False(_silo.Host[Key].Frozen);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_whose_wake_cannot_be_written_down_sleeps_on()
    {
        await Sandbox.SuspendAsync();
        _silo.Blobs.Failure = new IOException("Broken.");
        Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.RestoreAsync(Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.StartAsync(Specs.Process("q"), null, null, Token)).Error!.Code);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Empty(_silo.Host.Restored);

        _silo.Blobs.Failure = null;
        Assert.True((await Sandbox.StartAsync(Specs.Process("q"), null, null, Token)).Succeeded);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_woke_and_cannot_be_written_down_as_awake_is_seen_by_nobody_and_sleeps_again()
    {
        await Sandbox.SuspendAsync();
        var hold = new TaskCompletionSource();
        _silo.Host.Holds[Key] = hold.Task;
        var waking = Sandbox.RestoreAsync(Token);
        await Waiting.UntilAsync(() => !_silo.Host.Restored.IsEmpty);
        _silo.Blobs.Failure = new IOException("Broken.");
        hold.SetResult();
        Assert.Equal(SandboxErrorCode.Unavailable, (await waking).Error!.Code);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Null(_silo.Host.FindSandbox(Key));

        _silo.Blobs.Failure = null;
        Assert.Equal(SandboxStatus.Running, (await Sandbox.RestoreAsync(Token)).Value!.Status);
        var types = (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync()).Select(happened => happened.Type);
        Assert.Equal([Created, ProcessStarted, Suspended, Restored, Suspended, Restored], types);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_checkpoint_that_was_taken_counts_although_its_record_comes_later()
    {
        _silo.Blobs.Failure = new IOException("Broken.");
        var taken = (await Sandbox.CheckpointAsync("kept", Token)).Value!;
        _silo.Blobs.Failure = null;
        Assert.Equal(taken.Id, (await Sandbox.ListCheckpointsAsync(Token)).Value!.Current);

        // The tick writes what the call could not.
        await Waiting.UntilAsync(async () => (await StoredAsync()).Contains(taken.Id, StringComparison.Ordinal));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_fell_asleep_while_the_record_could_not_be_written_sleeps()
    {
        var hold = new TaskCompletionSource();
        _silo.Host[Key].HoldCheckpoints = hold.Task;
        var suspending = Sandbox.SuspendAsync();
        // Behind the write that says so: before it, a suspension that cannot be written down does not take place.
        await Waiting.UntilAsync(() => !_silo.Host[Key].Requests.IsEmpty);
        _silo.Blobs.Failure = new IOException("Broken.");
        hold.SetResult();
        Assert.Equal(SandboxStatus.Suspended, (await suspending).Value!.Status);
        _silo.Blobs.Failure = null;
        Assert.Equal(SandboxStatus.Running, (await Sandbox.RestoreAsync(Token)).Value!.Status);
        Assert.Equal("p", Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes).Id);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_is_lost_while_the_record_cannot_be_written_is_not_gone_and_goes_on_from_its_checkpoint_later()
    {
        await Sandbox.CheckpointAsync(null, Token);
        var waiting = Sandbox.WaitAsync("p", TimeSpan.FromSeconds(2), Token);
        _silo.Blobs.Failure = new IOException("Broken.");
        _silo.Host[Key].Lose("This host does not hold it any more.");
        foreach (var error in new[] { (await Sandbox.TouchAsync()).Error, (await Sandbox.StartAsync(Specs.Process("q"), null, null, Token)).Error, (await waiting).Error })
            Assert.Equal(SandboxErrorCode.Unavailable, error?.Code);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        _silo.Blobs.Failure = null;
        Assert.Equal(SandboxStatus.Running, (await Sandbox.TouchAsync()).Value!.Status);
        Assert.Null((await Sandbox.DescribeProcessAsync("p")).Value!.End);
    }

    private async Task<string> StoredAsync()
    {
        await using var blob = await _silo.Blobs.OpenAsync("alice/grains/sandbox/record/one", cancellationToken: Token);
        return Encoding.UTF8.GetString(((MemoryStream)blob!.Content).ToArray());
    }
}

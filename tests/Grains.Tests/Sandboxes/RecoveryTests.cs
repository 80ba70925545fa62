using System.Text.Json.Nodes;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Storage;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>What becomes of sandboxes when activations, silos and machines end around them.</summary>
public sealed class RecoveryTests : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const string Key = "alice/one";
    private const string Blob = "alice/grains/sandbox/record/one";
    private TestSilo _silo = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(Key);

    public async ValueTask InitializeAsync() => _silo = await TestSilo.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Theory(Timeout = Deadline)]
    [InlineData(SandboxStatus.Running)]
    [InlineData(SandboxStatus.Paused)]
    public async Task After_a_crash_a_sandbox_has_failed_and_says_why(SandboxStatus status)
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        if (status is SandboxStatus.Paused) await Sandbox.PauseAsync();
        await RestartAsync(crash: true);

        Assert.Equal(1, await _silo.Recovery.RunAsync(Token));
        var listed = Assert.Single((await _silo.List("alice").ListAsync(null, 10, [])).Sandboxes);
        Assert.Equal(SandboxStatus.Failed, listed.Status);
        Assert.StartsWith("The server that ran the sandbox", listed.Reason, StringComparison.Ordinal);
        Assert.Equal(listed.Reason, (await Sandbox.DescribeAsync()).Value!.Reason);
        var last = (await Sandbox.ReadEventsAsync(0, true, Token).AllAsync())[^1];
        Assert.Equal((Failed, listed.Reason), (last.Type, last.Reason));
        Assert.Equal(0, await _silo.Recovery.RunAsync(Token));
    }

    [Fact(Timeout = Deadline)]
    public async Task After_a_crash_a_sandbox_that_was_being_deleted_is_deleted_and_one_being_created_has_failed()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await EditAsync(record => record["Status"] = (int)SandboxStatus.Deleting);
        await RestartAsync(crash: true);
        Assert.Equal(SandboxStatus.Deleted, (await Sandbox.DescribeAsync()).Value!.Status);

        await EditAsync(record => record["Status"] = (int)SandboxStatus.Creating);
        await RestartAsync(crash: true);
        Assert.Equal(SandboxStatus.Failed, (await Sandbox.DescribeAsync()).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_crashes_before_a_creation_is_written_was_never_asked_for_it()
    {
        // The host has it, and the server ends before the record is there.
        _silo.Host.OnStart[Key] = () => _silo.Blobs.Failure = new IOException("The server is gone.");
        Assert.Equal(SandboxErrorCode.Unavailable, (await Sandbox.CreateAsync(Specs.Plain, Token)).Error!.Code);
        _silo.Host.OnStart.Clear();
        _silo.Blobs.Failure = null;
        await RestartAsync(crash: true);

        Assert.Equal(0, await _silo.Recovery.RunAsync(Token));
        Assert.Empty((await _silo.List("alice").ListAsync(null, 10, [])).Sandboxes);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DescribeAsync()).Error!.Code);
        Assert.True((await Sandbox.CreateAsync(Specs.Plain, Token)).Value!.Created);
    }

    [Fact(Timeout = Deadline)]
    public async Task After_a_crash_a_fork_that_was_being_made_has_failed_and_its_copy_of_the_checkpoint_goes()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.CheckpointAsync(null, Token);
        await EditAsync(record => record["Status"] = (int)SandboxStatus.Creating);
        await RestartAsync(crash: true);
        Assert.Equal(SandboxStatus.Failed, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Empty(await _silo.Host.Stored.ListAsync(Key, Token));
        Assert.True((await Sandbox.CreateAsync(Specs.Plain, Token)).Value!.Created);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_copy_is_known_before_its_checkpoint_is_stored()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var copy = _silo.Sandbox("alice/copy");
        var holds = new TaskCompletionSource();
        _silo.Host.Holds["alice/copy"] = holds.Task;
        var forking = Sandbox.ForkAsync(["copy"], Token);
        await Waiting.UntilAsync(() => _silo.Blobs.WritesOf("alice/grains/sandbox/record/copy") == 1);
        Assert.Contains((await _silo.List("alice").ListAsync(null, 10, [])).Sandboxes, one => (one.Id, one.Status) == ("copy", SandboxStatus.Creating));
        holds.SetResult();
        Assert.True((await forking).Succeeded);
        Assert.Equal(SandboxStatus.Running, (await copy.DescribeAsync()).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_ended_in_a_history_that_is_given_up_ends_again_in_the_next_however_often_the_server_ends_between()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await Sandbox.CheckpointAsync(null, Token);
        _silo.Host[Key].Process("p").End(code: 1);
        await Waiting.UntilAsync(async () => (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync())[^1].Type is ProcessExited);
        await RestartAsync(crash: false);
        await RestartAsync(crash: true);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        await RestartAsync(crash: false);

        await Sandbox.RestoreAsync(Token);
        Assert.Null((await Sandbox.DescribeProcessAsync("p")).Value!.End);
        _silo.Host[Key].Process("p").End(code: 2);
        await Waiting.UntilAsync(async () => (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync())[^1].End?.Code == 2);
        var types = (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync()).Select(happened => happened.Type).Where(type => type is not Gap);
        Assert.Equal([Created, ProcessStarted, Checkpointed, ProcessExited, Rewound, Restored, ProcessExited], types);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_suspension_that_did_not_come_about_is_a_loss_also_where_the_last_checkpoint_is_of_a_clock_that_was_ahead()
    {
        _silo.Host.Stored.Now = () => DateTimeOffset.UtcNow.AddMinutes(10);
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var checkpoint = (await Sandbox.CheckpointAsync(null, Token)).Value!;
        await EditAsync(record => record["Status"] = (int)SandboxStatus.Suspending);
        await RestartAsync(crash: true);
        var slept = (await Sandbox.DescribeAsync()).Value!;
        Assert.Equal((SandboxStatus.Suspended, 2), (slept.Status, slept.Timeline));
        var rewound = (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync()).Single(happened => happened.Type is Rewound);
        Assert.Equal(checkpoint.Id, rewound.CheckpointId);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_crash_costs_the_events_of_the_last_second_and_tells_so_by_numbers()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var stored = await ReadAsync();
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        var seen = (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync())[^1].Sequence;
        await RestartAsync(crash: true);
        await WriteAsync(stored);

        var events = await Sandbox.ReadEventsAsync(seen, true, Token).AllAsync();
        Assert.Equal([Gap, Failed], events.Select(happened => happened.Type));
        Assert.Equal(seen + 1, events[0].From);
        Assert.Equal(events[1].Sequence - 1, events[0].Sequence);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_that_ends_while_its_sandbox_lives_finds_it_again_and_nothing_is_lost()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await Sandbox.StartAsync(Specs.Process("q"), null, null, Token);
        _silo.Host[Key].Process("q").End(code: 1);
        await RestartAsync(crash: false);

        // Nobody was there to see it.
        _silo.Host[Key].Process("p").End(code: 0);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.True((await Sandbox.StartAsync(Specs.Process("p"), 1, 1, Token)).Value!.Known);
        var events = await Sandbox.ReadEventsAsync(0, false, Token).AllAsync();
        Assert.Equal([Created, ProcessStarted, ProcessStarted, ProcessExited, ProcessExited], events.Select(happened => happened.Type));
        Assert.Equal([1, 2, 3, 4, 5], events.Select(happened => happened.Sequence));
        Assert.Equal(1, _silo.Host[Key].Listeners);
        Assert.Single(_silo.Host.Started);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_collector_of_seconds_leaves_a_grain_alone_while_its_sandbox_lives()
    {
        await _silo.DisposeAsync();
        _silo = await TestSilo.StartAsync(collectAfter: TimeSpan.FromSeconds(2));
        await Sandbox.CreateAsync(Specs.Plain with { IdleTimeout = null }, Token);
        await _silo.Sandbox("alice/two").CreateAsync(Specs.Plain with { IdleTimeout = TimeSpan.FromSeconds(6) }, Token);

        // It is deleted by its own timer, which goes with its activation: both were there all the time.
        await Waiting.UntilAsync(() => _silo.Host.FindSandbox("alice/two") is null);
        var live = _silo.Host[Key];
        Assert.Equal(1, live.Listeners);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.DescribeAsync()).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_creation_that_loses_to_another_activation_answers_from_the_store()
    {
        // The other activation's record comes in between the reading of this one and its write.
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var winner = await ReadAsync();
        await Sandbox.DeleteAsync("Asked.");
        await WriteAsync(winner);

        var answer = await Sandbox.CreateAsync(Specs.Plain, Token);
        Assert.False(answer.Value!.Created);
        Assert.Null(answer.Value.Token);
        Assert.Null(_silo.Host.FindSandbox(Key));

        // The next activation looks for what the record speaks of, and it is not there.
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Failed);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_creation_that_is_overtaken_while_it_starts_ends_what_it_started()
    {
        _silo.Host.OnStart[Key] = () => WriteAsync(_foreign).GetAwaiter().GetResult();
        await _silo.Sandbox("alice/other").CreateAsync(Specs.Plain, Token);
        _foreign = await ReadAsync("alice/grains/sandbox/record/other");
        _foreign = (Edited(_foreign.Bytes, record => record["Epoch"] = 5), _foreign.Metadata);

        var answer = await Sandbox.CreateAsync(Specs.Plain, Token);
        Assert.False(answer.Value!.Created);
        Assert.Equal(5, answer.Value.Sandbox.Epoch);
        Assert.Null(_silo.Host.FindSandbox(Key));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_whose_record_was_deleted_elsewhere_ends_its_sandbox()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var live = _silo.Host[Key];
        await EditAsync(record => (record["Status"], record["Reason"]) = ((int)SandboxStatus.Deleted, "Elsewhere."));
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await Waiting.UntilAsync(() => live.Disposed);
        var deleted = (await Sandbox.DescribeAsync()).Value!;
        Assert.Equal((SandboxStatus.Deleted, "Elsewhere."), (deleted.Status, deleted.Reason));
        Assert.Equal(SandboxErrorCode.Gone, (await Sandbox.StartAsync(Specs.Process("p"), null, null, Token)).Error!.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_that_lost_a_race_on_its_own_host_is_followed_by_one_that_takes_over()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await EditAsync(_ => { });
        Assert.Equal(SandboxStatus.Running, (await Sandbox.PauseAsync()).Value!.Status);

        // Nobody calls it: it comes back by itself, for the timeouts of what runs.
        await Waiting.UntilAsync(() => _silo.Host[Key].Listeners == 1);
        Assert.False(_silo.Host[Key].Disposed);
        Assert.Equal(SandboxStatus.Paused, (await Sandbox.PauseAsync()).Value!.Status);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.ResumeAsync()).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task Readers_whose_activation_ends_are_told_and_go_on_with_the_next()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await using var output = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, default, true, Token).GetAsyncEnumerator(Token);
        await using var events = Sandbox.ReadEventsAsync(2, true, Token).GetAsyncEnumerator(Token);
        var (nextOutput, nextEvent) = (output.MoveNextAsync(), events.MoveNextAsync());
        var waiting = Sandbox.WaitAsync("p", TimeSpan.FromSeconds(20), Token);

        // Its next write fails, and it ends.
        await EditAsync(_ => { });
        await Sandbox.PauseAsync();
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await nextOutput);
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () =>
        {
            while (await nextEvent) nextEvent = events.MoveNextAsync();
        });
        Assert.Null((await waiting).Value!.End);

        await Sandbox.ResumeAsync();
        await Sandbox.WriteInputAsync("p", 0, [1, 2], cancellationToken: Token);
        await using var again = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, default, true, Token).GetAsyncEnumerator(Token);
        Assert.True(await again.MoveNextAsync());
        Assert.Equal([1, 2], Assert.IsType<OutputData>(again.Current).Data);
    }

    private (byte[] Bytes, IReadOnlyDictionary<string, string> Metadata) _foreign;

    private static byte[] Edited(byte[] bytes, Action<JsonObject> edit)
    {
        var record = JsonNode.Parse(bytes)!.AsObject();
        edit(record);
        return System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(record);
    }

    private async Task RestartAsync(bool crash)
    {
        await _silo.DisposeAsync();
        if (crash) _silo.Host.Crash();
        _silo = await TestSilo.StartAsync(before: _silo);
    }

    private async Task<(byte[] Bytes, IReadOnlyDictionary<string, string> Metadata)> ReadAsync(string name = Blob)
    {
        await using var blob = await _silo.Blobs.OpenAsync(name, cancellationToken: Token);
        return (((MemoryStream)blob!.Content).ToArray(), blob.Properties.Metadata);
    }

    private Task WriteAsync((byte[] Bytes, IReadOnlyDictionary<string, string> Metadata) blob) =>
        _silo.Blobs.PutAsync(Blob, new MemoryStream(blob.Bytes), new BlobPutOptions { Metadata = blob.Metadata }, Token);

    private async Task EditAsync(Action<JsonObject> edit)
    {
        var (bytes, metadata) = await ReadAsync();
        await WriteAsync((Edited(bytes, edit), metadata));
    }
}

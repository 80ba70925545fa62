using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

public sealed class AnswerTests : ClientTest
{
    private static readonly Fault s_lost = new(After: true);

    public static TheoryData<string, Type> Codes => new()
    {
        { "invalid", typeof(InvalidRequestException) }, { "unauthorized", typeof(PermissionException) },
        { "forbidden", typeof(PermissionException) }, { "not_found", typeof(NotFoundException) },
        { "conflict", typeof(ConflictException) }, { "unknown", typeof(UnknownOutcomeException) },
        { "gone", typeof(SandboxGoneException) }, { "limit", typeof(LimitException) },
        { "overloaded", typeof(UnavailableException) }, { "unavailable", typeof(UnavailableException) },
        { "timeout", typeof(CallTimeoutException) }, { "internal", typeof(ServerException) }, { "newer", typeof(SandboxException) },
    };

    private protected override SandboxClientOptions Options => new() { CallTimeout = TimeSpan.FromSeconds(20) };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Codes))]
    public async Task Each_code_is_an_exception_of_its_own(string code, Type type)
    {
        World.Order("DescribeSandbox", new Fault(Error: new { code, message = "Why: {this}.", retryAfter = 1.5, status = "failed", reason = "r", expected = 7, id = "i" }));
        var e = await Assert.ThrowsAnyAsync<SandboxException>(() => Box.DescribeAsync(Cancel));
        Assert.Equal((code, "Why: {this}.", type), (e.Code, e.Message, e.GetType()));
        if (e is UnavailableException unavailable) Assert.Equal(TimeSpan.FromSeconds(1.5), unavailable.RetryAfter);
        if (e is ConflictException conflict) Assert.Equal(7, conflict.Expected);
        if (e is SandboxGoneException gone) Assert.Equal(("failed", "r"), (gone.Status, gone.Reason));
        Assert.Equal(Box.Id, (await Box.DescribeAsync(Cancel)).Id); // the connection stays
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_whose_answer_was_lost_starts_one_program()
    {
        World.Order("StartProcess", s_lost);
        var (process, program) = await SpawnAsync();
        Assert.Same(program, Scripted.OnlyProcess);
        Assert.Equal(2, World.Calls["StartProcess"]);
        Assert.Equal(program.Id, process.Id);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_whose_answer_was_lost_before_a_change_of_holder_is_unknown_and_not_repeated()
    {
        World.Order("StartProcess", new Fault(Before: true));
        World.Order("StartProcess", new Fault(Error: new { code = "unknown", message = "It may have run." }));
        await Assert.ThrowsAsync<UnknownOutcomeException>(() => Box.SpawnAsync(["program"], cancellationToken: Cancel));
        Assert.Equal(2, World.Calls["StartProcess"]);
        Assert.Empty(Scripted.Processes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_first_start_after_a_change_of_holder_learns_of_it_and_goes_on()
    {
        Scripted.Epoch++;
        var (_, program) = await SpawnAsync();
        Assert.Same(program, Scripted.OnlyProcess);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_under_a_callers_id_after_a_change_of_holder_stays_unknown()
    {
        Scripted.Epoch++;
        await Assert.ThrowsAsync<UnknownOutcomeException>(() => SpawnAsync(new StartOptions { Id = "mine" }));
        Assert.Empty(Scripted.Processes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_signal_whose_answer_was_lost_is_not_repeated_and_a_kill_is()
    {
        var (process, program) = await SpawnAsync();
        World.Order("SignalProcess", s_lost);
        await Assert.ThrowsAsync<UnknownOutcomeException>(() => process.SignalAsync("INT", cancellationToken: Cancel));
        World.Order("KillProcess", s_lost);
        await process.KillAsync(Cancel);
        Assert.Equal(["INT", "KILL", "KILL"], program.Signals);
        Assert.Equal((ExitReason.Killed, 9), ((await process.WaitAsync(Cancel)).Reason, (await process.WaitAsync(Cancel)).Signal));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sandbox_whose_creation_is_not_answered_is_created_once_and_its_token_known()
    {
        World.Order("CreateSandbox", s_lost);
        var sandbox = Own(await Sandbox.CreateAsync(Server.Address, cancellationToken: Cancel));
        Assert.Equal((World.Sandboxes[sandbox.Id].Token, true), (sandbox.Token, sandbox.Created));
        Assert.Equal(2, World.Sandboxes.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_token_under_a_chosen_id_is_not_lost_with_the_answer_and_whoever_comes_later_gets_none()
    {
        World.Order("CreateSandbox", s_lost);
        var mine = new CreateOptions { Id = "mine" };
        await using var client = await Sandbox.ConnectAsync(Server.Address, cancellationToken: Cancel);
        var first = await client.CreateAsync(mine, Cancel);
        Assert.True(first.Created);
        Assert.Matches("^owner\\.[A-Za-z0-9_-]{32,128}$", first.Token);
        var later = await client.CreateAsync(mine, Cancel);
        Assert.Equal((null, false), (later.Token, later.Created));
        var known = await client.CreateAsync(mine with { Token = first.Token!["owner.".Length..] }, Cancel);
        Assert.Equal((first.Token, false), (known.Token, known.Created));
        await Assert.ThrowsAsync<ConflictException>(() => client.CreateAsync(mine with { Token = new string('x', 32) }, Cancel));
        await Assert.ThrowsAsync<ConflictException>(() => client.CreateAsync(mine with { Template = "other" }, Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_is_not_answered_in_time_says_so()
    {
        await using var hasty = await Sandbox.AttachAsync(
            Server.Address, Box.Id, connection: new SandboxClientOptions { CallTimeout = TimeSpan.FromMilliseconds(300) }, cancellationToken: Cancel);
        World.Order("PauseSandbox", new Fault(Never: true));
        await Assert.ThrowsAsync<CallTimeoutException>(() => hasty.PauseAsync(Cancel));
        World.Order("PauseSandbox", new Fault(Never: true));
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Box.PauseAsync(soon.Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_is_not_there_or_wants_a_key_is_told_apart()
    {
        var once = new SandboxClientOptions { ConnectTimeout = TimeSpan.Zero };
        var nobody = await Assert.ThrowsAsync<UnavailableException>(() => Sandbox.ConnectAsync("http://127.0.0.1:1", once, Cancel));
        Assert.Contains("http://127.0.0.1:1/hub cannot be reached", nobody.Message, StringComparison.Ordinal);
        World.Key = "secret";
        var refused = await Assert.ThrowsAsync<PermissionException>(() => Sandbox.ConnectAsync(Server.Address, once with { ApiKey = "wrong" }, Cancel));
        Assert.Equal(ErrorCode.Unauthorized, refused.Code);
        await using var welcome = await Sandbox.ConnectAsync(Server.Address, once with { ApiKey = "secret" }, Cancel);
        await using var rotating = await Sandbox.ConnectAsync(
            Server.Address, once with { AccessTokenProvider = _ => ValueTask.FromResult<string?>("secret") }, Cancel);
        await Assert.ThrowsAsync<ArgumentException>(() => Sandbox.ConnectAsync("ftp://127.0.0.1", cancellationToken: Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sandbox_is_described_listed_paused_measured_and_deleted()
    {
        foreach (var id in new[] { "a", "b", "c" }) Own(await Sandbox.CreateAsync(Server.Address, new CreateOptions { Id = id }, cancellationToken: Cancel));
        var listed = new List<string>();
        await foreach (var sandbox in Sandbox.ListAsync(Server.Address, cancellationToken: Cancel)) listed.Add(sandbox.Id);
        Assert.Equal(["a", "b", "box", "c"], listed);
        Assert.Equal(SandboxStatus.Paused, (await Box.PauseAsync(Cancel)).Status);
        Assert.Equal(SandboxStatus.Running, (await Box.ResumeAsync(Cancel)).Status);
        Assert.Equal((TimeSpan.FromSeconds(4.5), 1.5), ((await Box.GetStatsAsync(Cancel)).Uptime, (await Box.GetStatsAsync(Cancel)).CpuSeconds));
        Assert.Equal((TimeSpan.FromSeconds(300.5), IdleAction.Delete, SandboxUser.User), (Box.Info.IdleTimeout, Box.Info.OnIdle, Box.Info.User));
        Scripted.Status = "asleep in a newer server";
        Assert.Equal(SandboxStatus.Unknown, (await Box.DescribeAsync(Cancel)).Status);
        Assert.Equal(SandboxStatus.Deleted, (await Box.DeleteAsync(Cancel)).Status);
        await Assert.ThrowsAsync<SandboxGoneException>(() => Box.SpawnAsync(["true"], cancellationToken: Cancel));
        await Assert.ThrowsAsync<NotFoundException>(() => Sandbox.AttachAsync(Server.Address, "nowhere", cancellationToken: Cancel));
    }
}

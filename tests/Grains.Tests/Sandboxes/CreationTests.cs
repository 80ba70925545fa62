using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class CreationTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(_key);

    [Fact(Timeout = Deadline)]
    public async Task A_new_sandbox_runs_and_its_token_is_given_once()
    {
        var created = (await Sandbox.CreateAsync(Specs.Plain, Token)).Value!;
        Assert.True(created.Created);
        Assert.Equal((SandboxStatus.Running, "one", 1, 1), (created.Sandbox.Status, created.Sandbox.Id, created.Sandbox.Epoch, created.Sandbox.Timeline));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", created.Token);
        Assert.True(await Sandbox.CheckTokenAsync(created.Token!));
        Assert.False(await Sandbox.CheckTokenAsync(created.Token + "A"));
        Assert.False(await Sandbox.CheckTokenAsync(""));

        var again = (await Sandbox.CreateAsync(Specs.Plain, Token)).Value!;
        Assert.False(again.Created);
        Assert.Null(again.Token);
        Assert.Equal(created.Sandbox.Created, again.Sandbox.Created);
        Assert.Single(_silo.Host.Started, _key);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_token_that_the_creator_chose_makes_a_repeated_creation_as_good_as_the_first()
    {
        var chosen = new string('k', 32);
        var created = (await Sandbox.CreateAsync(Specs.Plain, chosen, Token)).Value!;
        Assert.Equal((true, chosen), (created.Created, created.Token));
        var again = (await Sandbox.CreateAsync(Specs.Plain, chosen, Token)).Value!;
        Assert.Equal((false, chosen, 1), (again.Created, again.Token, again.Sandbox.Epoch));
        Assert.True(await Sandbox.CheckTokenAsync(chosen));

        var error = (await Sandbox.CreateAsync(Specs.Plain, new string('j', 32), Token)).Error!;
        Assert.Equal((SandboxErrorCode.Conflict, SandboxStatus.Running), (error.Code, error.Status));
        Assert.False(await Sandbox.CheckTokenAsync(new string('j', 32)));

        // Whoever names no token is given none.
        var without = (await Sandbox.CreateAsync(Specs.Plain, token: null, Token)).Value!;
        Assert.Equal((false, null), (without.Created, without.Token));
    }

    [Fact(Timeout = Deadline)]
    public async Task The_store_holds_a_hash_and_not_the_token()
    {
        var token = (await Sandbox.CreateAsync(Specs.Plain, Token)).Value!.Token!;
        await using var blob = await _silo.Blobs.OpenAsync($"{_key.Split('/')[0]}/grains/sandbox/record/one", cancellationToken: Token);
        var text = await new StreamReader(blob!.Content).ReadToEndAsync(Token);
        Assert.Contains("TokenHash", text, StringComparison.Ordinal);
        Assert.DoesNotContain(token, text, StringComparison.Ordinal);
        Assert.DoesNotContain(token, string.Concat(blob.Properties.Metadata.Values), StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task Another_request_under_the_id_is_a_conflict()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var other = Specs.Plain with { Environment = new() { ["A"] = "2" } };
        var error = (await Sandbox.CreateAsync(other, Token)).Error!;
        Assert.Equal((SandboxErrorCode.Conflict, SandboxStatus.Running), (error.Code, error.Status));
        error = (await Sandbox.CreateAsync(Specs.Plain with { Labels = [] }, Token)).Error!;
        Assert.Equal(SandboxErrorCode.Conflict, error.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task Fifty_requests_at_once_make_one_sandbox()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => Sandbox.CreateAsync(Specs.Plain, Token))));
        Assert.All(answers, answer => Assert.Equal(SandboxStatus.Running, answer.Value!.Sandbox.Status));
        Assert.Single(answers, answer => answer.Value!.Created);
        Assert.Single(answers, answer => answer.Value!.Token is not null);
        Assert.Single(_silo.Host.Started, _key);
    }

    [Fact(Timeout = Deadline)]
    public async Task While_it_is_created_it_says_so_and_starts_nothing()
    {
        var hold = new TaskCompletionSource();
        _silo.Host.Holds[_key] = hold.Task;
        var creating = Sandbox.CreateAsync(Specs.Plain, Token);
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value?.Status is SandboxStatus.Creating);
        var error = (await Sandbox.StartAsync(Specs.Process("p"), null, null, Token)).Error!;
        Assert.Equal((SandboxErrorCode.Conflict, SandboxStatus.Creating), (error.Code, error.Status));
        hold.SetResult();
        Assert.True((await creating).Succeeded);
    }

    [Fact(Timeout = Deadline)]
    public async Task One_record_is_written_and_only_of_what_the_host_has()
    {
        var record = $"{_key.Split('/')[0]}/grains/sandbox/record/one";
        var hold = new TaskCompletionSource();
        _silo.Host.Holds[_key] = hold.Task;
        var creating = Sandbox.CreateAsync(Specs.Plain, Token);
        await Waiting.UntilAsync(() => _silo.Host.Started.Contains(_key));
        Assert.Equal(0, _silo.Blobs.WritesOf(record));
        hold.SetResult();
        Assert.True((await creating).Succeeded);
        Assert.Equal(1, _silo.Blobs.WritesOf(record));
        Assert.Equal(SandboxStatus.Running, Assert.Single((await _silo.List(_key.Split('/')[0]).ListAsync(null, 10, [])).Sandboxes).Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_creation_that_is_refused_under_a_used_id_leaves_what_was_there()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var deleted = (await Sandbox.DeleteAsync("Asked.")).Value!;
        _silo.Host.Refusals[_key] = new SandboxError { Code = SandboxErrorCode.Overloaded, Message = "Full." };
        Assert.Equal(SandboxErrorCode.Overloaded, (await Sandbox.CreateAsync(Specs.Plain, Token)).Error!.Code);
        var left = (await Sandbox.DescribeAsync()).Value!;
        Assert.Equal((SandboxStatus.Deleted, deleted.Reason, deleted.Created), (left.Status, left.Reason, left.Created));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_refused_creation_leaves_nothing()
    {
        _silo.Host.Refusals[_key] = new SandboxError { Code = SandboxErrorCode.Overloaded, Message = "Full.", RetryAfter = TimeSpan.FromSeconds(2) };
        var error = (await Sandbox.CreateAsync(Specs.Plain, Token)).Error!;
        Assert.Equal((SandboxErrorCode.Overloaded, TimeSpan.FromSeconds(2)), (error.Code, error.RetryAfter));
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DescribeAsync()).Error!.Code);
        Assert.Empty((await _silo.List(_key.Split('/')[0]).ListAsync(null, 10, [])).Sandboxes);

        _silo.Host.Refusals.Clear();
        Assert.True((await Sandbox.CreateAsync(Specs.Plain, Token)).Value!.Created);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_creation_that_is_cancelled_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        _silo.Host.Holds[_key] = new TaskCompletionSource().Task;
        var creating = Sandbox.CreateAsync(Specs.Plain, cancel.Token);
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value?.Status is SandboxStatus.Creating);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creating);
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Error?.Code is SandboxErrorCode.NotFound);
        Assert.Null(_silo.Host.FindSandbox(_key));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_host_that_throws_leaves_a_failed_sandbox_with_the_reason()
    {
        _silo.Host.OnStart[_key] = () => throw new InvalidOperationException("The machine is on fire.");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Sandbox.CreateAsync(Specs.Plain, Token));
        var failed = (await Sandbox.DescribeAsync()).Value!;
        Assert.Equal(SandboxStatus.Failed, failed.Status);
        Assert.Contains("on fire", failed.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_store_that_fails_leaves_nothing_running()
    {
        await using var own = await TestSilo.StartAsync();
        own.Host.OnStart[_key] = () => own.Blobs.Failure = new IOException("The disk is gone.");
        Assert.Equal(SandboxErrorCode.Unavailable, (await own.Sandbox(_key).CreateAsync(Specs.Plain, Token)).Error?.Code);
        Assert.Null(own.Host.FindSandbox(_key));

        own.Blobs.Failure = null;
        Assert.Equal(SandboxErrorCode.NotFound, (await own.Sandbox(_key).DescribeAsync()).Error!.Code);
        own.Host.OnStart.Clear();
        Assert.True((await own.Sandbox(_key).CreateAsync(Specs.Plain, Token)).Value!.Created);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_id_that_was_deleted_may_be_created_anew_with_a_higher_epoch()
    {
        var first = (await Sandbox.CreateAsync(Specs.Plain, Token)).Value!;
        Assert.Equal(SandboxStatus.Deleted, (await Sandbox.DeleteAsync("A client asked for it.")).Value!.Status);

        var second = (await Sandbox.CreateAsync(Specs.Plain with { Root = true }, Token)).Value!;
        Assert.True(second.Created);
        Assert.Equal((2, SandboxStatus.Running, (string?)null), (second.Sandbox.Epoch, second.Sandbox.Status, second.Sandbox.Reason));
        Assert.False(await Sandbox.CheckTokenAsync(first.Token!));
        Assert.True(await Sandbox.CheckTokenAsync(second.Token!));
    }

    [Fact(Timeout = Deadline)]
    public async Task Labels_that_no_list_could_show_are_refused()
    {
        var spec = Specs.Plain with { Labels = new() { ["long"] = new string('ä', 200) } };
        var error = (await Sandbox.CreateAsync(spec, Token)).Error!;
        Assert.Equal(SandboxErrorCode.Invalid, error.Code);
        Assert.StartsWith("labels:", error.Message, StringComparison.Ordinal);
    }
}

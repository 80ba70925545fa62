using System.Text.Json;

namespace Sandboxes.Cli.Tests;

public sealed class SleepCommandTests : CliTest
{
    [Fact(Timeout = 120_000)]
    public async Task Checkpoints_are_taken_listed_and_deleted()
    {
        Assert.Equal((0, "c1\n", ""), await RunAsync("checkpoint", "box", "--label", "clean"));
        using var taken = JsonDocument.Parse((await RunAsync("checkpoint", "box", "--json")).Out);
        var checkpoint = taken.RootElement.GetProperty("checkpoint");
        Assert.Equal(("c2", "c1", 1_000), (
            checkpoint.GetProperty("id").GetString(), checkpoint.GetProperty("parent").GetString(), checkpoint.GetProperty("bytes").GetInt64()));

        var (code, table, _) = await RunAsync("checkpoints", "box");
        Assert.Equal(0, code);
        Assert.Matches(@"^CHECKPOINT +CREATED +SIZE +FILES +PARENT +LABEL\nc1 +1970-01-01 00:00:00Z +1000 B +clean\nc2 +\* +1970-01-01 00:00:00Z +1000 B +c1\n$", table);
        using var list = JsonDocument.Parse((await RunAsync("checkpoints", "box", "--json")).Out);
        Assert.Equal(("c2", 2), (list.RootElement.GetProperty("current").GetString(), list.RootElement.GetProperty("checkpoints").GetArrayLength()));

        Assert.Equal((1, "", "sandbox: It goes on from this one.\n"), await RunAsync("checkpoints", "box", "--delete", "c2"));
        Assert.DoesNotContain("clean", (await RunAsync("checkpoints", "box", "--delete", "c1")).Out, StringComparison.Ordinal);
        Assert.Equal("c2", Assert.Single(Box.Checkpoints).Id);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_sandbox_is_suspended_restored_and_rewound()
    {
        Assert.Equal((0, "suspended\n", ""), await RunAsync("suspend", "box"));
        Assert.Equal("suspended", Box.Status);
        foreach (var command in new[] { "suspend", "checkpoints", "info", "ls" }) Assert.Equal(0, (await RunAsync(command == "ls" ? [command] : [command, "box"])).Code);
        Assert.Equal("suspended", Box.Status); // Looking wakes nothing.
        using var restored = JsonDocument.Parse((await RunAsync("restore", "box", "--json")).Out);
        Assert.Equal("running", restored.RootElement.GetProperty("sandbox").GetProperty("status").GetString());
        Assert.Equal((0, "running\n", ""), await RunAsync("rewind", "box", "c1"));
        Assert.Equal(2, Box.Timeline);
        Assert.Equal(1, (await RunAsync("rewind", "box", "nowhere")).Code);
        Assert.Equal(2, (await RunAsync("rewind", "box")).Code);

        Assert.Equal(0, (await RunAsync("suspend", "box")).Code);
        Box.Unrestorable = "It is damaged.";
        Assert.Equal((1, "", "sandbox: It is damaged.\n"), await RunAsync("restore", "box"));
        Assert.Equal((0, "running\n", ""), await RunAsync("restore", "box", "--cold"));
        Assert.Equal(3, Box.Timeline);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_fork_prints_the_ids_and_on_standard_error_the_tokens()
    {
        Assert.Equal((0, "fork-1\nfork-2\n", "token token-fork-1\ntoken token-fork-2\n"), await RunAsync("fork", "box", "--count", "2"));
        using var forked = JsonDocument.Parse((await RunAsync("fork", "box", "--json")).Out);
        var made = Assert.Single(forked.RootElement.GetProperty("sandboxes").EnumerateArray());
        Assert.Equal(("fork-3", "token-fork-3"), (made.GetProperty("sandbox").GetProperty("id").GetString(), made.GetProperty("token").GetString()));
    }

    [Fact(Timeout = 120_000)]
    public async Task The_idle_policy_is_one_of_two()
    {
        Assert.Equal(0, (await RunAsync("create", "sleeper", "--on-idle", "suspend")).Code);
        using var request = JsonDocument.Parse(World.Sandboxes["sleeper"].Request);
        Assert.Equal("suspend", request.RootElement.GetProperty("onIdle").GetString());
        Assert.Equal(2, (await RunAsync("create", "other", "--on-idle", "explode")).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Checkpoints_by_themselves_are_asked_for()
    {
        Assert.Equal(0, (await RunAsync("create", "keeper", "--checkpoint-interval", "90", "--keep-checkpoints", "5", "--keep-files")).Code);
        using var request = JsonDocument.Parse(World.Sandboxes["keeper"].Request);
        Assert.Equal(90, request.RootElement.GetProperty("checkpointInterval").GetDouble());
        Assert.Equal(5, request.RootElement.GetProperty("keepCheckpoints").GetInt32());
        Assert.True(request.RootElement.GetProperty("keepFiles").GetBoolean());
    }
}

using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Sandbox.Gateway.Hub;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Hub;

/// <summary>Calls that cannot be: each gets a typed error, and the connection stays.</summary>
public sealed class ArgumentTests(SharedGateway shared)
{
    private const int Deadline = 120_000;

    /// <summary>For every member that calls take: values that it may not have.</summary>
    private static readonly Dictionary<string, object[]> s_wrong = new(StringComparer.Ordinal)
    {
        ["id"] = [1, "", "-a", "A", "a/b", "../x", "a.b", "ä", new string('a', 41), "a\0", new[] { "a" }, new { }],
        ["sandboxId"] = [1, "", "-a", "A", "a/b", new string('a', 41), true],
        ["processId"] = [1, "", ".p", "p/q", "p q", new string('p', 65), "p\n", new { }],
        ["token"] = [1, new string('t', 257), new { }],
        ["template"] = ["", "a/b", "../base", 1, new string('a', 65)],
        ["env"] = [1, "A=1", new[] { "A=1" }, new Dictionary<string, object> { ["A"] = 1 }, new Dictionary<string, string> { ["A=B"] = "x" },
            new Dictionary<string, string> { [""] = "x" }, new Dictionary<string, string> { ["A"] = "a\0b" }, new Dictionary<string, string> { ["A"] = new('x', 140_000) }],
        ["cwd"] = ["", "home", 1, "/a\0"],
        ["user"] = ["", "admin", 0],
        ["memoryBytes"] = [0, -1, 1.5, "1", 1L << 60, 1 << 20],
        ["diskBytes"] = [0, "1", 1L << 60],
        ["processes"] = [0, 1.5, 1_000_000],
        ["idleTimeout"] = [0, -1, "300", 1e12],
        ["onIdle"] = ["sleep", "Suspend", 1],
        ["lifetime"] = [0, -1, "x", 1e12],
        ["checkpointInterval"] = [0, 29.9, 86_401, -1, "60", 1e12],
        ["keepCheckpoints"] = [0, -1, 1_001, 1.5, "10"],
        ["labels"] = [1, new[] { "a" }, new Dictionary<string, object> { ["a"] = 1 }, new Dictionary<string, string> { [""] = "x" },
            new Dictionary<string, string> { ["a"] = new('x', 257) }],
        ["keepAlive"] = [1, "true"],
        ["volumes"] = [Array.Empty<string>()],
        ["secrets"] = [new { }],
        ["cpu"] = [1],
        ["after"] = [1, "A"],
        ["limit"] = [0, 100_001, "1", 1.5],
        ["argv"] = ["true", Array.Empty<string>(), new[] { "" }, new object[] { "a", 1 }, new[] { "a\0" }, new[] { new string('a', 140_000) }, new { }],
        ["stdin"] = ["yes", 1],
        ["timeout"] = [-1, "1", 1e12],
        ["terminal"] = [true, new { rows = 0 }, new { cols = 1001 }, new { rows = 1.5 }, new { term = "a b" }, new { term = 1 }],
        ["onFull"] = ["drop", 1],
        ["epoch"] = [-1, 1.5, "1"],
        ["timeline"] = [-1, "1"],
        ["signal"] = [0, 65, -1, 1.5, "", "NOPE", new { }],
        ["group"] = ["yes"],
        ["offset"] = [-1, 1.5, "0", 1L << 60],
        ["data"] = [1, "%", "a", Convert.ToBase64String(new byte[65_537])],
        ["rows"] = [0, 1001, "24", 1.5],
        ["cols"] = [0, 1001, "80"],
        ["readId"] = [1, new string('r', 129), new { }],
        ["channel"] = ["stdin", "", 1],
        ["follow"] = ["no", 0],
        ["since"] = [-1, "1", 1.5],
        ["label"] = [1, true, new { }, new string('l', 129), "l\0"],
        ["checkpointId"] = [1, "", "A", "a-b", "../1", "1\0", new string('1', 41), new string('1', 257), new { }],
        ["name"] = [1, "", "-a", "A", "a/b", "../x", "a.b", "ä", new string('a', 41), new string('a', 257), "a\0", new { }],
        ["to"] = [1, "", "-a", "A", "a/b", "../x", new string('a', 41), "a\0", new { }],
        ["snapshot"] = [1, "", "-a", "A", "../x", new string('a', 41)],
        ["start"] = [1, "", "-a", "A", "../x", new string('a', 41)],
        ["overwrite"] = [1, "true"],
        ["consistent"] = [1, "true"],
        ["cascade"] = [0, "yes"],
        ["count"] = [0, -1, 101, 1.5, "2", new[] { 1 }],
        ["path"] = [1, "", new { }, new string('/', 4_097)],
        ["mode"] = [1, "", "9", "17777"],
        ["uid"] = [-1, "0", 1.5],
        ["gid"] = [-1, "0", 1L << 40],
        ["upload"] = [1, "", "-u", "a/b", new string('u', 65)],
        ["tag"] = [1, new string('t', 257)],
        ["length"] = [-1, "1"],
        ["depth"] = [0, 1_001, "1"],
        ["change"] = [1, "", "chmod"],
        ["query"] = [1, "", "find"],
        ["parents"] = [1, "yes"],
        ["recursive"] = [1, "yes"],
        ["expression"] = [1, "yes"],
        ["anyCase"] = [1, "yes"],
        ["finish"] = [1, "yes"],
        ["abandon"] = [1, "yes"],
        ["unpack"] = [1, "yes"],
        ["append"] = [1, "yes"],
        ["keepExisting"] = [1, "yes"],
        ["missingIsFine"] = [1, "yes"],
        ["rebuild"] = [1, "yes"],
        ["recipe"] = [1, "base", new[] { 1 }, new { @base = 1 }, new { unheardOf = 1 }],
    };

    private static readonly string[] s_streams = ["ReadOutput", "ReadEvents", "QueryFiles", "BuildTemplate"];

    /// <summary>What each method takes, in a form that is right.</summary>
    private static readonly Dictionary<string, string[]> s_members = new(StringComparer.Ordinal)
    {
        ["CreateSandbox"] = ["id", "template", "start", "snapshot", "env", "cwd", "user", "memoryBytes", "diskBytes", "processes", "idleTimeout", "onIdle", "lifetime",
            "checkpointInterval", "keepCheckpoints", "labels", "keepAlive", "volumes", "secrets", "cpu"],
        ["AttachSandbox"] = ["id", "token"],
        ["DescribeSandbox"] = ["id", "token"],
        ["ListSandboxes"] = ["after", "limit", "labels"],
        ["DeleteSandbox"] = ["id", "token"],
        ["PauseSandbox"] = ["id", "token"],
        ["ResumeSandbox"] = ["id", "token"],
        ["SandboxStats"] = ["id", "token"],
        ["CheckpointSandbox"] = ["id", "token", "label"],
        ["SuspendSandbox"] = ["id", "token"],
        ["RestoreSandbox"] = ["id", "token"],
        ["RewindSandbox"] = ["id", "token", "checkpointId"],
        ["ForkSandbox"] = ["id", "token", "count"],
        ["ListCheckpoints"] = ["id", "token"],
        ["DeleteCheckpoint"] = ["id", "token", "checkpointId"],
        ["CreateSnapshot"] = ["id", "token", "name", "labels", "overwrite", "consistent"],
        ["ListSnapshots"] = ["after", "limit", "labels"],
        ["DescribeSnapshot"] = ["name"],
        ["LabelSnapshot"] = ["name", "labels"],
        ["RenameSnapshot"] = ["name", "to"],
        ["DeleteSnapshot"] = ["name", "cascade"],
        ["ListTemplates"] = ["after", "limit"],
        ["DescribeTemplate"] = ["name"],
        ["RemoveTemplate"] = ["name"],
        ["WriteTemplateFiles"] = ["name", "upload", "offset"],
        ["BuildTemplate"] = ["name", "recipe", "upload", "rebuild"],
        ["StartProcess"] = ["sandboxId", "token", "processId", "argv", "env", "cwd", "user", "stdin", "timeout", "terminal", "onFull", "epoch", "timeline"],
        ["ListProcesses"] = ["sandboxId", "token"],
        ["DescribeProcess"] = ["sandboxId", "token", "processId"],
        ["WaitProcess"] = ["sandboxId", "token", "processId", "timeout"],
        ["SignalProcess"] = ["sandboxId", "token", "processId", "signal", "group"],
        ["KillProcess"] = ["sandboxId", "token", "processId"],
        ["WriteInput"] = ["sandboxId", "token", "processId", "offset", "data"],
        ["EndInput"] = ["sandboxId", "token", "processId", "offset"],
        ["ResizeTerminal"] = ["sandboxId", "token", "processId", "rows", "cols"],
        ["ReadOutput"] = ["sandboxId", "token", "processId", "readId", "channel", "timeline", "offset", "follow"],
        ["ReadFile"] = ["sandboxId", "token", "path", "offset", "length", "tag", "user"],
        ["WriteFile"] = ["sandboxId", "token", "path", "upload", "offset", "mode", "uid", "gid", "parents", "keepExisting", "finish", "abandon", "unpack", "append", "user"],
        ["ChangeFiles"] = ["sandboxId", "token", "change", "path", "mode", "parents", "recursive", "missingIsFine", "keepExisting", "user"],
        ["QueryFiles"] = ["sandboxId", "token", "query", "path", "depth", "limit", "expression", "anyCase", "recursive", "user"],
        ["AckOutput"] = ["readId", "offset", "timeline"],
        ["ReadEvents"] = ["sandboxId", "token", "since", "follow"],
    };

    public static TheoryData<string> Methods => [.. typeof(SandboxHub)
        .GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        .Select(method => method.GetCustomAttribute<HubMethodNameAttribute>()!.Name)];

    [Theory(Timeout = Deadline)]
    [MemberData(nameof(Methods))]
    public async Task Every_wrong_value_of_every_member_gets_a_typed_error_that_names_it_and_the_connection_stays(string method)
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var process = await hub.StartAsync(id, live);
        foreach (var member in s_members[method])
        {
            foreach (var value in s_wrong[member])
            {
                var error = await FailAsync(hub, method, Right(method, id).Append(KeyValuePair.Create(member, value)));
                Assert.True(error.GetProperty("code").GetString() == "invalid", $"{member} = {JsonSerializer.Serialize(value)}: {error}");
                Assert.Contains(member, error.GetProperty("message").GetString());
            }
        }

        Assert.Equal(HubConnectionState.Connected, hub.State);
        Assert.Equal("running", (await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" }))
            .GetProperty("process").GetProperty("status").GetString());
        Assert.Equal(0, process.Describe().InputOffset);
        Assert.Single(live.Processes);
    }

    [Theory(Timeout = Deadline)]
    [MemberData(nameof(Methods))]
    public async Task Arguments_that_are_no_object_or_too_many_or_too_few_get_a_typed_error(string method)
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var streams = s_streams.Contains(method);
        object?[][] calls = [[], [1], [null], ["text"], [new[] { new { } }], [new { }, new { }], [new { }, 1, 2]];
        foreach (var arguments in calls)
        {
            var error = streams ? await hub.FailStreamAsync(method, arguments) : await hub.FailAsync(method, arguments);
            Assert.Equal("invalid", error.GetProperty("code").GetString());
        }

        Assert.Equal(HubConnectionState.Connected, hub.State);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_method_that_there_is_not_gets_a_typed_error()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        Assert.Equal("invalid", (await hub.FailAsync("Nothing", new { })).GetProperty("code").GetString());
        Assert.Equal("invalid", (await hub.FailAsync("CreateSandboxAsync", new { })).GetProperty("code").GetString());
        Assert.Equal("invalid", (await hub.FailStreamAsync("Nothing", new { })).GetProperty("code").GetString());
        await hub.CallAsync("ListSandboxes", new { });
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_method_says_what_it_cannot_do_without()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        foreach (var (method, needed) in new[]
        {
            ("AttachSandbox", "id"), ("DescribeProcess", "processId"), ("StartProcess", "sandboxId"), ("ReadEvents", "sandboxId"), ("ReadOutput", "readId"),
            ("AckOutput", "offset"), ("SuspendSandbox", "id"), ("DeleteCheckpoint", "checkpointId"),
        })
        {
            var error = await FailAsync(hub, method, []);
            Assert.Equal("invalid", error.GetProperty("code").GetString());
            Assert.Contains(needed, error.GetProperty("message").GetString());
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_fault_of_the_server_is_a_number_to_its_caller_and_the_cause_is_in_the_log()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        live.Failure = new InvalidOperationException("secret of the house");
        var error = await hub.FailAsync("internal", "StartProcess", new { sandboxId = id, argv = new[] { "true" } });
        Assert.DoesNotContain("secret", error.GetRawText());
        Assert.Contains(error.GetProperty("id").GetString()!, shared.Server.Log.Text);
        await hub.CallAsync("StartProcess", new { sandboxId = id, argv = new[] { "true" } });
    }

    private static async Task<JsonElement> FailAsync(HubClient hub, string method, IEnumerable<KeyValuePair<string, object>> members)
    {
        var arguments = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in members) arguments[name] = value;
        return s_streams.Contains(method) ? await hub.FailStreamAsync(method, arguments) : await hub.FailAsync(method, arguments);
    }

    private static IEnumerable<KeyValuePair<string, object>> Right(string method, string id)
    {
        foreach (var member in s_members[method])
        {
            object? value = member switch
            {
                "id" or "sandboxId" => id,
                "processId" => "p",
                "argv" => new[] { "true" },
                "signal" => 9,
                "offset" => 0,
                "data" => "aA==",
                "rows" or "cols" => 1,
                "readId" => "r",
                "checkpointId" => "1",
                "name" => "n",
                "path" => "/x",
                "upload" => "u",
                "change" => "remove",
                "query" => "list",
                "recipe" => new { @base = "base" },
                _ => null,
            };
            if (value is not null) yield return KeyValuePair.Create(member, value);
        }

        if (method is "WriteFile" or "WriteTemplateFiles") yield return KeyValuePair.Create<string, object>("data", "aA==");
    }
}

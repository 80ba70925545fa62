using System.Text.Json;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Torture;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>A sandbox whose checkpoint cannot be restored any more starts with its files, and says what it has lost.</summary>
public sealed class ColdStartTests
{
    private const int Deadline = 180_000;
    private const string Id = "kept";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task What_another_runsc_made_starts_cold_and_a_reader_and_a_waiter_learn_of_it()
    {
        using var other = new OtherRunsc();
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            await using (var server = await SandboxServer.StartOnAsync(data, "--Pool:Size", "0", "--Pool:Created", "0"))
            {
                await using var hub = await HubClient.ConnectAsync(server.Address);
                await hub.CallAsync("CreateSandbox", new { id = Id, memoryBytes = 64 << 20, diskBytes = 16 << 20, processes = 32, keepFiles = true, user = "root" });
                await RunAsync(hub, "echo first > kept; echo gone > gone; ln kept hard; ln -s kept soft; chmod 640 kept; rm /etc/debian_version");
                Assert.True((await hub.CallAsync("CheckpointSandbox", new { id = Id })).GetProperty("checkpoint").GetProperty("files").GetBoolean());
                await RunAsync(hub, "rm gone; echo second >> kept");
                await NumberedLines.StartAsync(hub, Id);
                await NumberedLines.ReadAsync(hub, Id, 10);
                await hub.CallAsync("SuspendSandbox", new { id = Id });
            }

            await using (var server = await SandboxServer.StartOnAsync(data, ["--Pool:Size", "0", "--Pool:Created", "0", .. other.Arguments]))
            {
                await using var hub = await HubClient.ConnectAsync(server.Address);
                var refused = await hub.FailAsync("RestoreSandbox", new { id = Id });
                Assert.Equal("conflict", refused.Text("code"));
                Assert.Contains("was made by runsc", refused.Text("message"), StringComparison.Ordinal);
                Assert.Contains("restore ID --cold", refused.Text("message"), StringComparison.Ordinal);
                Assert.Equal("suspended", (await hub.CallAsync("DescribeSandbox", new { id = Id })).Status());
                var waiting = hub.CallAsync("WaitProcess", new { sandboxId = Id, processId = NumberedLines.Process, timeout = 100 });

                Assert.Equal(2, (await hub.CallAsync("RestoreSandbox", new { id = Id, cold = true })).GetProperty("sandbox").GetProperty("timeline").GetInt32());
                Assert.Equal("sandbox_ended", (await waiting).GetProperty("process").GetProperty("exit").Text("reason"));
                Assert.Equal("first\nsecond\n640 2 kept\ngone\ngone\n", await RunAsync(hub, "cat soft; stat -c '%a %h' kept | tr '\\n' ' '; readlink soft; test -e gone || echo gone; test -e /etc/debian_version || echo gone"));
                var told = await EventAsync(hub, "started_cold");
                Assert.Equal([NumberedLines.Process], told.GetProperty("processIds").EnumerateArray().Select(one => one.GetString()));
                Assert.Contains("was made by runsc", told.Text("reason"), StringComparison.Ordinal);

                // What it had written is there to its end, for who read none of it and for who had read some.
                var items = new List<JsonElement>();
                await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = Id, processId = NumberedLines.Process, readId = "r", timeline = 1, offset = 4 })) items.Add(item);
                Assert.Equal(["rewound", "data", "end"], items.Select(item => item.Type()));
                Assert.True(items[^1].GetProperty("ended").GetBoolean());
                Assert.StartsWith("3\n4\n", System.Text.Encoding.ASCII.GetString(items[1].Data()), StringComparison.Ordinal);

                // From now on it is like any other, on this runsc.
                await hub.CallAsync("SuspendSandbox", new { id = Id });
                Assert.Equal("first\nsecond\n", await RunAsync(hub, "cat kept"));
                Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, Id));
                await hub.DeleteAsync(Id);
                Assert.Empty(Parts(data));
            }
        }
        finally
        {
            await SandboxServer.RemoveDataDirectoryAsync(data);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_damaged_image_is_refused_the_checkpoint_before_is_usable_and_so_are_the_files()
    {
        await using var server = await SandboxServer.StartAsync("--Pool:Size", "0", "--Pool:Created", "0");
        await using var hub = await HubClient.ConnectAsync(server.Address);
        await hub.CallAsync("CreateSandbox", new { id = Id, memoryBytes = 64 << 20, diskBytes = 16 << 20, processes = 32, keepFiles = true });
        await RunAsync(hub, "echo first > kept");
        var older = (await hub.CallAsync("CheckpointSandbox", new { id = Id })).GetProperty("checkpoint").Text("id");
        var before = Parts(server.DataDirectory);
        await RunAsync(hub, "echo second >> kept");
        await hub.CallAsync("SuspendSandbox", new { id = Id });

        // The largest that came with it: of an image this small the memory is all.
        Damage(server.DataDirectory, Parts(server.DataDirectory).Except(before).MaxBy(part => new FileInfo(part).Length)!);
        foreach (var method in new[] { "RestoreSandbox", "AttachSandbox" })
        {
            var refused = await hub.FailAsync(method, new { id = Id });
            Assert.Equal("conflict", refused.Text("code"));
            Assert.Contains("is damaged", refused.Text("message"), StringComparison.Ordinal);
        }

        await hub.CallAsync("RestoreSandbox", new { id = Id, cold = true });
        Assert.Equal("first\nsecond\n", await RunAsync(hub, "cat kept"));
        await hub.CallAsync("RewindSandbox", new { id = Id, checkpointId = older });
        Assert.Equal("first\n", await RunAsync(hub, "cat kept"));
        Assert.Equal(["started_cold", "rewound"], (await NumberedLines.EventsAsync(hub, Id)).Where(type => type is "started_cold" or "rewound"));
        await hub.DeleteAsync(Id);
        Assert.Empty(Parts(server.DataDirectory));
        Counting.AssertNothingHalfDone(server.DataDirectory);
    }

    private static async Task<string> RunAsync(HubClient hub, string script)
    {
        var processId = $"run-{Guid.NewGuid():n}";
        await hub.CallAsync("StartProcess", new { sandboxId = Id, processId, argv = new[] { "sh", "-c", $"exec 2>&1; {script}" } });
        var text = new System.Text.StringBuilder();
        await foreach (var item in hub.ReadOutputAsync(Id, processId))
        {
            if (item.Type() == "data") text.Append(System.Text.Encoding.UTF8.GetString(item.Data()));
        }

        return text.ToString();
    }

    private static async Task<JsonElement> EventAsync(HubClient hub, string type)
    {
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = Id, follow = true }))
        {
            if (happened.Type() == type) return happened;
        }

        throw new InvalidOperationException($"There was no {type}.");
    }

    /// <summary>The files of the store that hold parts of checkpoints.</summary>
    private static string[] Parts(string data)
    {
        var parts = Path.Combine(data, "blobs", "names", "default", "parts");
        return Directory.Exists(parts) ? Directory.GetFiles(parts) : [];
    }

    private static void Damage(string data, string part)
    {
        using (var file = File.OpenWrite(part))
        {
            // Behind the header.
            file.Position = file.Length - 100;
            file.Write("damaged"u8);
        }

        foreach (var cached in Directory.GetFiles(Path.Combine(data, "checkpoints"), "default.*")) File.Delete(cached);
    }

    /// <summary>The same runsc, which says that it is of another version.</summary>
    private sealed class OtherRunsc : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sandbox-runsc-");

        public OtherRunsc()
        {
            File.WriteAllText(Script, """
                #!/bin/sh
                real=$(command -v runsc || echo /usr/bin/runsc)
                [ "$1" != --version ] || { "$real" --version | sed 's/[0-9]\{8\}/20991231/'; exit; }
                exec "$real" "$@"
                """);
            File.SetUnixFileMode(Script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public string[] Arguments => ["--Runsc:Path", Script];

        private string Script => Path.Combine(_directory.FullName, "runsc");

        public void Dispose() => _directory.Delete(recursive: true);
    }
}

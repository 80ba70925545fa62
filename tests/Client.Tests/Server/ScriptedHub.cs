using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Sandboxes.Tests.Server;

/// <summary>docs/hub.md, over sandboxes that a test holds in its hand.</summary>
internal sealed partial class ScriptedHub(ScriptedWorld world) : Microsoft.AspNetCore.SignalR.Hub
{
    private const int Window = 262_144;
    private static readonly ConcurrentDictionary<string, long> s_acknowledged = new(StringComparer.Ordinal);

    public Task<object> CreateSandbox(JsonElement request) => WithFaultsAsync<object>("CreateSandbox", () =>
    {
        var id = request.GetProperty("id").GetString()!;
        var secret = request.TryGetProperty("token", out var chosen) ? chosen.GetString() : null;
        var asked = string.Join('\n', request.EnumerateObject().Where(member => !member.NameEquals("token")));
        var created = false;
        var sandbox = world.Sandboxes.GetOrAdd(id, _ =>
        {
            created = true;
            return new ScriptedSandbox(id, request.GetRawText()) { Asked = asked, Token = $"owner.{secret ?? "drawn"}" };
        });
        if (sandbox.Asked != asked) throw ScriptedError.Of("conflict", "It was asked for otherwise.");
        if (secret is not null && sandbox.Token != $"owner.{secret}") throw ScriptedError.Of("conflict", "It has another token.");
        return new { sandbox = sandbox.Describe(), token = created || secret is not null ? sandbox.Token : null, created };
    });

    public Task<object> AttachSandbox(JsonElement request) => OnSandboxAsync("AttachSandbox", request, sandbox =>
    {
        sandbox.Wake();
        return sandbox.Describe();
    });

    public Task<object> DescribeSandbox(JsonElement request) => OnSandboxAsync("DescribeSandbox", request, sandbox => sandbox.Describe());

    public Task<object> PauseSandbox(JsonElement request) => SetStatusAsync("PauseSandbox", request, "paused");

    public Task<object> ResumeSandbox(JsonElement request) => SetStatusAsync("ResumeSandbox", request, "running");

    public Task<object> DeleteSandbox(JsonElement request) => SetStatusAsync("DeleteSandbox", request, "deleted");

    public Task<object> SandboxStats(JsonElement request) => WithFaultsAsync<object>("SandboxStats", () =>
    {
        world.Sandbox(request, "id");
        return new { cpuSeconds = 1.5, memoryBytes = 5, memoryLimitBytes = 10, diskBytes = 1, diskLimitBytes = 2, processes = 3, uptime = 4.5 };
    });

    public Task<object> ListSandboxes(JsonElement request) => WithFaultsAsync<object>("ListSandboxes", () =>
    {
        var after = request.TryGetProperty("after", out var value) ? value.GetString() : null;
        var rest = world.Sandboxes.OrderBy(s => s.Key, StringComparer.Ordinal).Where(s => string.CompareOrdinal(s.Key, after) > 0).ToList();
        var page = rest.Take(2).ToList(); // small, so that there are pages
        return new { sandboxes = page.Select(s => s.Value.Describe()), next = rest.Count > 2 ? page[^1].Key : null };
    });

    public Task<object> StartProcess(JsonElement request) => WithFaultsAsync<object>("StartProcess", () =>
    {
        world.Sandbox(request, "sandboxId").Wake();
        var process = world.Sandbox(request, "sandboxId").Start(request.Clone(), out var known);
        return new { process = process.Describe(), known };
    });

    public Task<object> ListProcesses(JsonElement request) => WithFaultsAsync<object>(
        "ListProcesses", () => new { processes = world.Sandbox(request, "sandboxId").Processes.Values.Select(p => p.Describe()) });

    public Task<object> DescribeProcess(JsonElement request) => OnProcessAsync("DescribeProcess", request, _ => { });

    public async Task<object> WaitProcess(JsonElement request)
    {
        await Task.WhenAny(Process(request).Exited, Task.Delay(TimeSpan.FromSeconds(request.GetProperty("timeout").GetDouble()), Context.ConnectionAborted));
        return await OnProcessAsync("WaitProcess", request, _ => { });
    }

    public Task<object> SignalProcess(JsonElement request) =>
        OnProcessAsync("SignalProcess", request, process => process.Signals.Add(request.GetProperty("signal").ToString()));

    public Task<object> KillProcess(JsonElement request) => OnProcessAsync("KillProcess", request, process =>
    {
        process.Signals.Add("KILL");
        process.End("killed", code: null, signal: 9);
    });

    public Task<object> ResizeTerminal(JsonElement request) => OnProcessAsync("ResizeTerminal", request, process =>
        process.Size = (request.GetProperty("rows").GetInt32(), request.GetProperty("cols").GetInt32()));

    public Task<object> WriteInput(JsonElement request) => WithFaultsAsync<object>("WriteInput", () =>
    {
        world.Sandbox(request, "sandboxId").Wake();
        return new { offset = Process(request).TakeInput(request.GetProperty("offset").GetInt64(), request.GetProperty("data").GetBytesFromBase64()) };
    });

    public Task<object> EndInput(JsonElement request) => WithFaultsAsync<object>("EndInput", () =>
    {
        var offset = Process(request).TakeInput(request.GetProperty("offset").GetInt64(), []);
        Process(request).In.End();
        return new { offset };
    });

    public void AckOutput(JsonElement request) =>
        s_acknowledged.AddOrUpdate(Reader(request), _ => 0, (_, _) => request.GetProperty("offset").GetInt64());

    public async IAsyncEnumerable<object> ReadOutput(JsonElement request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fault = await BeginAsync("ReadOutput");
        if (fault?.Error is { } error) throw ScriptedError.Of(error);
        if (world.EarlyEnds-- > 0) yield break;
        var sandbox = world.Sandbox(request, "sandboxId");
        sandbox.Wake();
        var log = Process(request).Channels[request.GetProperty("channel").GetString()!];
        var timeline = request.TryGetProperty("timeline", out var known) ? known.GetInt64() : sandbox.Timeline;
        var (reader, offset, follow) = (Reader(request), request.GetProperty("offset").GetInt64(), request.GetProperty("follow").GetBoolean());
        s_acknowledged[reader] = offset;
        while (true)
        {
            if (timeline != sandbox.Timeline)
            {
                var (from, to) = (offset, Math.Min(offset, log.Length));
                s_acknowledged[reader] = offset = to;
                yield return new { type = "rewound", timeline = timeline = sandbox.Timeline, from, to };
                continue;
            }

            if (offset < log.Start)
            {
                yield return new { type = "gap", timeline, from = offset, to = log.Start, lostBytes = log.Start - offset };
                offset = log.Start;
            }

            if (log.Length == offset && !log.Ended && !follow)
            {
                yield return new { type = "end", timeline, offset, ended = false };
                yield break;
            }

            await log.WaitAsync(offset, cancellationToken);
            if (timeline != sandbox.Timeline) continue;
            while (offset - s_acknowledged[reader] >= Window) await Task.Delay(1, cancellationToken);
            var data = log.Slice(offset, (int)Math.Min(49_152, Window - (offset - s_acknowledged[reader])));
            if (data.Length == 0)
            {
                yield return new { type = "end", timeline, offset, ended = true };
                yield break;
            }

            yield return new { type = "data", timeline, offset, data };
            offset += data.Length;
            world.MostAhead = Math.Max(world.MostAhead, offset - s_acknowledged[reader]);
        }
    }

    public async IAsyncEnumerable<object> ReadEvents(JsonElement request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeginAsync("ReadEvents");
        var sandbox = world.Sandbox(request, "sandboxId");
        var since = (int)request.GetProperty("since").GetInt64();
        if (since + 1 < sandbox.FirstEvent)
        {
            yield return new { type = "gap", from = since + 1, to = sandbox.FirstEvent - 1 };
            since = sandbox.FirstEvent - 1;
        }

        try
        {
            Interlocked.Increment(ref sandbox.EventReaders);
            while (await sandbox.EventAsync(++since, cancellationToken) is { } happened) yield return happened;
        }
        finally
        {
            Interlocked.Decrement(ref sandbox.EventReaders);
        }
    }

    private string Reader(JsonElement request) => $"{Context.ConnectionId}/{request.GetProperty("readId").GetString()}";

    private ScriptedProcess Process(JsonElement request)
    {
        var id = request.GetProperty("processId").GetString()!;
        return world.Sandbox(request, "sandboxId").Processes.TryGetValue(id, out var process)
            ? process
            : throw ScriptedError.Of("not_found", $"There is no process '{id}'.");
    }

    private Task<object> SetStatusAsync(string method, JsonElement request, string status) => OnSandboxAsync(method, request, sandbox =>
    {
        sandbox.Status = status;
        sandbox.Happen(status);
        return sandbox.Describe();
    });

    private Task<object> OnSandboxAsync(string method, JsonElement request, Func<ScriptedSandbox, object> call) =>
        WithFaultsAsync<object>(method, () => new { sandbox = call(world.Sandbox(request, "id")) });

    private Task<object> OnProcessAsync(string method, JsonElement request, Action<ScriptedProcess> call) => WithFaultsAsync<object>(method, () =>
    {
        call(Process(request));
        return new { process = Process(request).Describe() };
    });

    private async Task<T> WithFaultsAsync<T>(string method, Func<T> call)
    {
        var fault = await BeginAsync(method);
        if (fault?.Error is { } error) throw ScriptedError.Of(error);
        var answer = call();
        if (fault?.After is true) await CutAsync();
        return answer;
    }

    private async Task<Fault?> BeginAsync(string method)
    {
        world.Calls.AddOrUpdate(method, 1, (_, count) => count + 1);
        var fault = world.Next(method);
        if (fault?.Before is true) await CutAsync();
        if (fault?.Never is true) await Task.Delay(Timeout.Infinite, Context.ConnectionAborted);
        return fault;
    }

    private async Task CutAsync()
    {
        Context.Abort();
        await Task.Delay(Timeout.Infinite, Context.ConnectionAborted);
    }
}

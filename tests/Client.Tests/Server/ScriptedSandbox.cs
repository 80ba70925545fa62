using System.Collections.Concurrent;
using System.Text.Json;

namespace Sandboxes.Tests.Server;

/// <summary>A sandbox of a scripted server.</summary>
internal sealed partial class ScriptedSandbox(string id, string request)
{
    private readonly Lock _gate = new();
    private readonly List<object> _events = [];
    private TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Request => request;

    /// <summary>The request without the token.</summary>
    public string Asked { get; init; } = "";

    public string Token { get; init; } = "token-" + id;

    public string Status { get; set; } = "running";

    public long Epoch { get; set; } = 3;

    public long Timeline { get; set; } = 1;

    public ConcurrentDictionary<string, ScriptedProcess> Processes { get; } = new(StringComparer.Ordinal);

    public ScriptedProcess OnlyProcess => Processes.Values.Single();

    /// <summary>The first event that is still kept.</summary>
    public int FirstEvent { get; set; } = 1;

    /// <summary>How many read its events now.</summary>
    public int EventReaders;

    public ScriptedProcess Start(JsonElement start, out bool known)
    {
        var processId = start.GetProperty("processId").GetString()!;
        lock (_gate)
        {
            known = Processes.TryGetValue(processId, out var process);
            if (known) return process!;
            var epoch = start.GetProperty("epoch").GetInt64();
            if (epoch < (SureSince ?? Epoch) || epoch > Epoch || start.GetProperty("timeline").GetInt64() != Timeline)
            {
                throw ScriptedError.Of("unknown", "It may have run.");
            }

            return Processes[processId] = new ScriptedProcess(processId, start);
        }
    }

    public void Happen(
        string type, string? processId = null, string? checkpointId = null, string? sandboxId = null, long? timeline = null, DateTimeOffset? since = null,
        string? reason = null, string[]? processIds = null)
    {
        TaskCompletionSource happened;
        lock (_gate)
        {
            var sequence = _events.Count + 1;
            _events.Add(new { sequence, time = DateTimeOffset.UnixEpoch, type, processId, checkpointId, sandboxId, timeline, since, reason, processIds });
            (happened, _happened) = (_happened, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        happened.TrySetResult();
    }

    public async Task<object?> EventAsync(int sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task happened;
            lock (_gate)
            {
                if (sequence <= _events.Count) return _events[sequence - 1];
                if (Status is "deleted") return null;
                happened = _happened.Task;
            }

            await happened.WaitAsync(cancellationToken);
        }
    }

    public object Describe() => new
    {
        id,
        status = Status,
        template = "base",
        user = "user",
        cwd = "/home/user",
        memoryBytes = 1 << 28,
        diskBytes = 1 << 28,
        processes = 64,
        idleTimeout = 300.5,
        onIdle = "delete",
        keepAlive = false,
        labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["test"] = "yes" },
        created = DateTimeOffset.UnixEpoch,
        epoch = Epoch,
        timeline = Timeline,
    };
}

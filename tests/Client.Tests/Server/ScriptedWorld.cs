using System.Collections.Concurrent;
using System.Text.Json;

namespace Sandboxes.Tests.Server;

/// <summary>What a scripted server knows, and the faults that a test orders from it.</summary>
internal sealed class ScriptedWorld
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Fault>> _faults = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, ScriptedSandbox> Sandboxes { get; } = new(StringComparer.Ordinal);

    /// <summary>Snapshots, by name, and what was imported as them.</summary>
    public ConcurrentDictionary<string, byte[]> Snapshots { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each method was called.</summary>
    public ConcurrentDictionary<string, int> Calls { get; } = new(StringComparer.Ordinal);

    /// <summary>A key that connections need, when there is one.</summary>
    public string? Key { get; set; }

    /// <summary>How far any reader was sent ahead of what it had acknowledged.</summary>
    public long MostAhead { get; set; }

    /// <summary>Whether the server completes an output stream at once, as one that shuts down does.</summary>
    public int EarlyEnds { get; set; }

    /// <summary>Orders a fault for the next call of a method.</summary>
    public void Order(string method, Fault fault) => _faults.GetOrAdd(method, _ => new ConcurrentQueue<Fault>()).Enqueue(fault);

    public Fault? Next(string method) => _faults.TryGetValue(method, out var queue) && queue.TryDequeue(out var fault) ? fault : null;

    public static object DescribeSnapshot(string name, long bytes, object? labels = null) =>
        new { name, created = DateTimeOffset.UnixEpoch, bytes, layerCount = 2, labels = labels ?? new Dictionary<string, string>(), parent = "base-one" };

    public ScriptedSandbox Sandbox(JsonElement request, string member)
    {
        var id = request.GetProperty(member).GetString()!;
        if (!Sandboxes.TryGetValue(id, out var sandbox)) throw ScriptedError.Of("not_found", $"There is no sandbox '{id}'.");
        return sandbox.Status is "deleted" && member != "id"
            ? throw ScriptedError.Of(new { code = "gone", message = "It was deleted.", status = "deleted" })
            : sandbox;
    }
}

/// <summary>What goes wrong with a call.</summary>
/// <param name="Before">The connection is cut before it takes effect.</param>
/// <param name="After">The connection is cut when it has taken effect, and before the answer.</param>
/// <param name="Error">It is answered with this.</param>
/// <param name="Never">It is never answered.</param>
internal sealed record Fault(bool Before = false, bool After = false, object? Error = null, bool Never = false);

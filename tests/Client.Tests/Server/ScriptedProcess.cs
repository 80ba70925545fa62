using System.Text.Json;

namespace Sandboxes.Tests.Server;

/// <summary>A program that does what its test says.</summary>
internal sealed class ScriptedProcess(string id, JsonElement request)
{
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    public string Id => id;

    public JsonElement Request => request;

    public bool HasTerminal => request.TryGetProperty("terminal", out _);

    public Dictionary<string, ScriptedLog> Channels { get; } =
        (request.TryGetProperty("terminal", out _) ? new[] { "terminal" } : ["stdout", "stderr"]).ToDictionary(name => name, _ => new ScriptedLog());

    public ScriptedLog Out => Channels[HasTerminal ? "terminal" : "stdout"];

    public ScriptedLog In { get; } = new();

    /// <summary>What came by SignalProcess and KillProcess.</summary>
    public List<string> Signals { get; } = [];

    public (int Rows, int Cols) Size { get; set; } = (24, 80);

    public object? Exit { get; private set; }

    public Task Exited => _exited.Task;

    /// <summary>What a checkpoint keeps of it.</summary>
    public Place Where => new(In.Length, Channels.ToDictionary(c => c.Key, c => c.Value.Length, StringComparer.Ordinal));

    /// <summary>How far input may be written now: a program that does not read takes none.</summary>
    public long InputRoom { get; set; } = long.MaxValue;

    public void End(string reason = "exited", int? code = 0, int? signal = null)
    {
        Exit ??= new { reason, code, signal, seconds = 0.5, cpuSeconds = 0.25 };
        foreach (var log in Channels.Values) log.End();
        _exited.TrySetResult();
    }

    public void GoBack(Place place)
    {
        In.CutBack(place.Input);
        foreach (var (name, length) in place.Output) Channels[name].CutBack(length);
    }

    public long TakeInput(long offset, byte[] data)
    {
        lock (_gate)
        {
            if (offset > In.Length) throw ScriptedError.Of(new { code = "conflict", message = "There is a gap.", expected = In.Length });
            var known = (int)Math.Min(In.Length - offset, data.Length);
            var room = (int)Math.Min(data.Length - known, Math.Max(0, InputRoom - In.Length));
            In.Write(data.AsSpan(known, room));
            return In.Length;
        }
    }

    public object Describe() => new
    {
        id,
        pid = 7,
        argv = request.TryGetProperty("argv", out var argv) ? argv.EnumerateArray().Select(a => a.GetString()).ToArray() : ["python3"],
        status = Exit is null ? "running" : "exited",
        exit = Exit,
        started = DateTimeOffset.UnixEpoch,
        terminal = HasTerminal ? new { rows = Size.Rows, cols = Size.Cols } : null,
        channels = Channels.Select(c => new { name = c.Key, mime = "text/plain", offset = c.Value.Length, end = c.Value.Ended ? c.Value.Length : (long?)null }),
        stdinOffset = In.Length,
    };

    /// <summary>How far its input and output were.</summary>
    internal sealed record Place(long Input, IReadOnlyDictionary<string, long> Output);
}

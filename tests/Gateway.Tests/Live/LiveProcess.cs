using System.Text;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Live;

/// <summary>
/// A program without a machine. Its input comes out as its output, it ends with its input or by a signal, and the test may let it write
/// and end as it likes.
/// </summary>
internal sealed class LiveProcess : ILiveProcess
{
    private readonly Lock _gate = new();
    private readonly ProcessSpec _spec;
    private readonly int _pid;
    private readonly TaskCompletionSource<ProcessEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ProcessChannel, LiveLog> _logs;
    private long _taken;
    private TerminalSpec? _terminal;

    public LiveProcess(ProcessSpec spec, int pid, int logBytes, long timeline)
    {
        (_spec, _pid, _terminal) = (spec, pid, spec.Terminal);
        _logs = spec.Terminal is null
            ? new() { [ProcessChannel.Stdout] = new(logBytes, timeline), [ProcessChannel.Stderr] = new(logBytes, timeline) }
            : new() { [ProcessChannel.Terminal] = new(logBytes, timeline) };
    }

    private LiveProcess(LiveProcess other, long timeline)
    {
        (_spec, _pid, _terminal, _taken) = (other._spec, other._pid, other._terminal, other._taken);
        _logs = other._logs.ToDictionary(log => log.Key, log => log.Value.Copy(timeline));
        if (other.Ended.IsCompleted) _end.SetResult(other.Ended.Result);
    }

    /// <summary>Told of its end.</summary>
    public Action<LiveProcess>? Changed { get; set; }

    public ProcessSpec Spec => _spec;

    public string Id => _spec.Id;

    public Task<ProcessEnd> Ended => _end.Task;

    public LiveLog Output => _logs.Values.First();

    public LiveLog Errors => _logs[ProcessChannel.Stderr];

    public void Write(string text) => Output.Write(Encoding.UTF8.GetBytes(text));

    public void End(ProcessEndReason reason = ProcessEndReason.Exited, int? code = null, int? signal = null)
    {
        var end = new ProcessEnd { Reason = reason, Code = code, Signal = signal, Ran = TimeSpan.FromSeconds(1.5), Cpu = TimeSpan.FromSeconds(0.5) };
        if (!_end.TrySetResult(end)) return;
        foreach (var log in _logs.Values) log.End();
        Changed?.Invoke(this);
    }

    /// <summary>One like it at this moment, in a checkpoint or in another sandbox.</summary>
    public LiveProcess Copy(long timeline)
    {
        lock (_gate) return new LiveProcess(this, timeline);
    }

    /// <summary>It is not here any more, and has not ended.</summary>
    public void Remove()
    {
        foreach (var log in _logs.Values) log.Remove();
    }

    public ProcessDescription Describe() => new()
    {
        Id = Id,
        Pid = _pid,
        Arguments = _spec.Arguments,
        Started = DateTimeOffset.UnixEpoch,
        End = Ended.IsCompleted ? Ended.Result : null,
        Terminal = _terminal,
        Channels = [.. _logs.Select(log => new ChannelDescription
        {
            Channel = log.Key, Start = log.Value.State.Start, Offset = log.Value.State.Offset, Ended = log.Value.State.Ended, Acknowledged = log.Value.Acknowledged,
        })],
        InputOffset = _taken,
    };

    /// <summary>What the next signal answers instead of reaching it, once.</summary>
    public SandboxError? SignalFailure { get; set; }

    public Task<SandboxError?> SignalAsync(int signal, bool group, CancellationToken cancellationToken)
    {
        if (SignalFailure is { } failure)
        {
            SignalFailure = null;
            return Task.FromResult<SandboxError?>(failure);
        }

        End(ProcessEndReason.Killed, signal: signal);
        return Task.FromResult<SandboxError?>(null);
    }

    public Task<Outcome<InputTaken>> WriteInputAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_spec.Stdin) return Refused(SandboxErrorCode.Conflict, "The program's input is closed.", null);
            if (offset > _taken) return Refused(SandboxErrorCode.Conflict, "A gap.", _taken);
            Output.Write(data.Span[(int)Math.Min(_taken - offset, data.Length)..]);
            _taken = Math.Max(_taken, offset + data.Length);
            return Taken();
        }
    }

    public Task<Outcome<InputTaken>> EndInputAsync(long offset, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (offset > _taken) return Refused(SandboxErrorCode.Conflict, "A gap.", _taken);
        }

        End(code: 0);
        return Taken();
    }

    public Task<SandboxError?> ResizeAsync(int rows, int columns, CancellationToken cancellationToken)
    {
        if (_terminal is null)
        {
            return Task.FromResult<SandboxError?>(new() { Code = SandboxErrorCode.Conflict, Message = "The program has no terminal." });
        }

        _terminal = _terminal with { Rows = rows, Columns = columns };
        return Task.FromResult<SandboxError?>(null);
    }

    public IAsyncEnumerable<OutputItem> ReadOutputAsync(ProcessChannel channel, OutputCursor from, bool follow, CancellationToken cancellationToken) =>
        _logs.TryGetValue(channel, out var log) ? log.ReadAsync(from, follow, cancellationToken) : NoChannel();

    public long CommonWith(ProcessChannel channel, long timeline) => timeline < _logs[channel].Timeline ? _logs[channel].Begin : _logs[channel].Length;

    public void Acknowledge(ProcessChannel channel, long offset) => _logs[channel].Acknowledge(offset);

    private static async IAsyncEnumerable<OutputItem> NoChannel()
    {
        await Task.CompletedTask;
        yield return new OutputFailure { Timeline = 1, Error = new() { Code = SandboxErrorCode.NotFound, Message = "The process has no such channel." } };
    }

    private static Task<Outcome<InputTaken>> Refused(SandboxErrorCode code, string message, long? expected) =>
        Task.FromResult(new Outcome<InputTaken> { Error = new() { Code = code, Message = message, Expected = expected } });

    private Task<Outcome<InputTaken>> Taken() => Task.FromResult(new Outcome<InputTaken> { Value = new InputTaken { Offset = _taken } });
}

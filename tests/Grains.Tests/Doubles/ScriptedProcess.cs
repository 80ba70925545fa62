using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>A program that does what the test says. Its input comes out as its output.</summary>
internal sealed class ScriptedProcess(ProcessSpec spec, int pid) : ILiveProcess
{
    private readonly TaskCompletionSource<ProcessEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<byte[]> _output = Channel.CreateUnbounded<byte[]>();
    private readonly DateTimeOffset _started = DateTimeOffset.UnixEpoch;
    private long _taken;

    private CancellationTokenSource _interrupted = new();

    /// <summary>Told of its end.</summary>
    public Action<ScriptedProcess>? Changed { get; set; }

    public string Id => spec.Id;

    public ProcessSpec Spec => spec;

    public Task<ProcessEnd> Ended => _ended.Task;

    public List<(int Signal, bool Group)> Signals { get; } = [];

    public (int Rows, int Columns)? Size { get; private set; }

    public long Acknowledged { get; private set; }

    public void End(ProcessEndReason reason = ProcessEndReason.Exited, int? code = null)
    {
        if (!_ended.TrySetResult(new ProcessEnd { Reason = reason, Code = code, Ran = TimeSpan.Zero, Cpu = TimeSpan.Zero })) return;
        _output.Writer.TryComplete();
        Changed?.Invoke(this);
    }

    /// <summary>One like it, in another sandbox.</summary>
    public ScriptedProcess Copy()
    {
        var copy = new ScriptedProcess(spec, pid);
        if (Ended.IsCompleted) copy._ended.SetResult(Ended.Result);
        return copy;
    }

    /// <summary>Its readers are told that its log is gone, as when its sandbox was suspended.</summary>
    public void Interrupt()
    {
        _interrupted.Cancel();
        _interrupted = new CancellationTokenSource();
    }

    public ProcessDescription Describe() => new()
    {
        Id = Id,
        Pid = pid,
        Arguments = spec.Arguments,
        Started = _started,
        End = Ended.IsCompleted ? Ended.Result : null,
        Channels = [new ChannelDescription { Channel = ProcessChannel.Stdout, Start = 0, Offset = _taken, Ended = Ended.IsCompleted }],
        InputOffset = _taken,
    };

    public Task<SandboxError?> SignalAsync(int signal, bool group, CancellationToken cancellationToken)
    {
        Signals.Add((signal, group));
        return Task.FromResult<SandboxError?>(null);
    }

    public Task<Outcome<InputTaken>> WriteInputAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (offset > _taken)
        {
            var gap = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "A gap.", Expected = _taken };
            return Task.FromResult(new Outcome<InputTaken> { Error = gap });
        }

        _output.Writer.TryWrite(data[(int)Math.Min(_taken - offset, data.Length)..].ToArray());
        _taken = Math.Max(_taken, offset + data.Length);
        return Task.FromResult(new Outcome<InputTaken> { Value = new InputTaken { Offset = _taken } });
    }

    public Task<Outcome<InputTaken>> EndInputAsync(long offset, CancellationToken cancellationToken)
    {
        _output.Writer.TryComplete();
        return Task.FromResult(new Outcome<InputTaken> { Value = new InputTaken { Offset = _taken } });
    }

    public Task<SandboxError?> ResizeAsync(int rows, int columns, CancellationToken cancellationToken)
    {
        Size = (rows, columns);
        return Task.FromResult<SandboxError?>(null);
    }

    public long CommonWith(ProcessChannel channel, long timeline) => Parted ?? _taken;

    /// <summary>Where its log has parted from every earlier one's.</summary>
    public long? Parted { get; set; }

    public async IAsyncEnumerable<OutputItem> ReadOutputAsync(
        ProcessChannel channel, OutputCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var timeline = from.Timeline ?? 1;
        var offset = from.Offset;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _interrupted.Token);
        while (await MoveAsync())
        {
            while (_output.Reader.TryRead(out var data))
            {
                yield return new OutputData { Timeline = timeline, Offset = offset, Data = data };
                offset += data.Length;
            }
        }

        if (either.IsCancellationRequested)
        {
            yield return new OutputFailure { Timeline = timeline, Error = new SandboxError { Code = SandboxErrorCode.Gone, Message = "Removed." } };
            yield break;
        }

        yield return new OutputEnd { Timeline = timeline, Offset = offset, Ended = true };

        async ValueTask<bool> MoveAsync()
        {
            try
            {
                return await _output.Reader.WaitToReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    public void Acknowledge(ProcessChannel channel, long offset) => Acknowledged = offset;
}

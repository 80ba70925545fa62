using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>A program that does what the test says. Its input comes out as its output.</summary>
internal sealed class ScriptedProcess(ProcessSpec spec, int pid, Action<ScriptedProcess> ended) : ILiveProcess
{
    private readonly TaskCompletionSource<ProcessEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<byte[]> _output = Channel.CreateUnbounded<byte[]>();
    private readonly DateTimeOffset _started = DateTimeOffset.UnixEpoch;
    private long _taken;

    public string Id => spec.Id;

    public Task<ProcessEnd> Ended => _ended.Task;

    public List<(int Signal, bool Group)> Signals { get; } = [];

    public (int Rows, int Columns)? Size { get; private set; }

    public long Acknowledged { get; private set; }

    public void End(ProcessEndReason reason = ProcessEndReason.Exited, int? code = null)
    {
        if (!_ended.TrySetResult(new ProcessEnd { Reason = reason, Code = code, Ran = TimeSpan.Zero, Cpu = TimeSpan.Zero })) return;
        _output.Writer.TryComplete();
        ended(this);
    }

    public ProcessDescription Describe() => new()
    {
        Id = Id,
        Pid = pid,
        Arguments = spec.Arguments,
        Started = _started,
        End = Ended.IsCompleted ? Ended.Result : null,
        Channels = [],
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

    public async IAsyncEnumerable<OutputItem> ReadOutputAsync(
        ProcessChannel channel, OutputCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var offset = from.Offset;
        await foreach (var data in _output.Reader.ReadAllAsync(cancellationToken))
        {
            yield return new OutputData { Timeline = 1, Offset = offset, Data = data };
            offset += data.Length;
        }

        yield return new OutputEnd { Timeline = 1, Offset = offset, Ended = true };
    }

    public void Acknowledge(ProcessChannel channel, long offset) => Acknowledged = offset;
}

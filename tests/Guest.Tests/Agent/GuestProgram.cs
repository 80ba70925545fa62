using System.Text;

namespace Sandbox.Guest.Tests.Agent;

/// <summary>What the test's host knows of one process, and whether the agent keeps to the protocol about it.</summary>
public sealed class GuestProgram
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly AgentSession _session;
    private readonly MemoryStream[] _outputs = [new(), new(), new(), new(), new()];
    private readonly TaskCompletionSource<Frame> _answer = NewSource<Frame>();
    private readonly TaskCompletionSource<Frame> _pourAnswer = NewSource<Frame>();
    private readonly TaskCompletionSource<Exit> _exit = NewSource<Exit>();
    private readonly TaskCompletionSource _drained = NewSource();
    private readonly TaskCompletionSource[] _ends = [NewSource(), NewSource(), NewSource(), NewSource(), NewSource()];
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSource();
    private ulong _inputAcknowledged;

    internal GuestProgram(AgentSession session, uint number)
    {
        _session = session;
        Number = number;
    }

    public uint Number { get; }

    /// <summary>Whether output is acknowledged as it arrives.</summary>
    public bool Acknowledges { get; init; } = true;

    /// <summary>STARTED or START_FAILED.</summary>
    public Task<Frame> Answer => Within(_answer.Task);

    /// <summary>POURED, or the START_FAILED that answers a POUR.</summary>
    public Task<Frame> PourAnswer => Within(_pourAnswer.Task);

    public Task<Exit> Exit => Within(_exit.Task);

    public Task Drained => Within(_drained.Task);

    public bool HasExited => _exit.Task.IsCompleted;

    public bool HasDrained => _drained.Task.IsCompleted;

    public string Stdout => Text(1);

    public string Stderr => Text(2);

    public string Result => Text(3);

    public string Screen => Text(4);

    public ulong InputAcknowledged
    {
        get { lock (_gate) return _inputAcknowledged; }
    }

    public Task End(int channel) => Within(_ends[channel].Task);

    public byte[] Output(int channel)
    {
        lock (_gate) return _outputs[channel].ToArray();
    }

    public long Received(int channel)
    {
        lock (_gate) return _outputs[channel].Length;
    }

    /// <summary>Waits until the condition holds, looking again after each frame about this process.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        var deadline = Task.Delay(_patience, TestContext.Current.CancellationToken);
        while (true)
        {
            Task changed;
            lock (_gate) changed = _changed.Task;
            if (condition()) return;
            if (await Task.WhenAny(changed, deadline) == deadline)
                throw new TimeoutException($"Process {Number} did not come to it. {Describe()}");
        }
    }

    /// <summary>Waits for the exit and for everything written before it.</summary>
    public async Task<Exit> EndedAsync()
    {
        var answer = await Answer;
        if (answer.Type != FrameType.Started)
            throw new InvalidOperationException($"START failed at stage {answer.Payload[4]} with errno {answer.UInt32(0)}.");
        var exit = await Exit;
        await Drained;
        return exit;
    }

    public void Acknowledge(int channel, ulong offset) => _session.Acknowledge(Number, channel, offset);

    public void Signal(int signal, byte scope = 0) => _session.Send(new Frame(FrameType.Signal, 0, Number, [(byte)signal, scope]));

    public void Write(ulong offset, ReadOnlySpan<byte> bytes) =>
        _session.Send(new Frame(FrameType.Input, 0, Number, [.. Frame.Bytes(offset), .. bytes]));

    public void EndInput(ulong offset) => _session.Send(new Frame(FrameType.InputEnd, 0, Number, Frame.Bytes(offset)));

    public void Resize(ushort rows, ushort columns) =>
        _session.Send(new Frame(FrameType.Resize, 0, Number, Frame.Bytes((uint)(rows | (columns << 16)))));

    public void Forget() => _session.Send(new Frame(FrameType.Forget, 0, Number, []));

    public void Pour(string code, uint flags = 0, IReadOnlyList<(uint, ulong)>? limits = null, params (string Path, string Content)[] files)
    {
        var fields = new Fields().Add(1, code).AddLimits(2, limits ?? []).Add(3, flags);
        foreach (var (path, content) in files)
            fields.Add(4, path).Add(5, content);
        _session.Send(new Frame(FrameType.Pour, 0, Number, fields.ToArray()));
    }

    /// <summary>What is known of it by now, for the host of a copy.</summary>
    internal GuestProgram CopyFor(AgentSession session)
    {
        var copy = new GuestProgram(session, Number) { Acknowledges = Acknowledges };
        lock (_gate)
        {
            for (var i = 0; i < _outputs.Length; i++)
                _outputs[i].WriteTo(copy._outputs[i]);
            copy._inputAcknowledged = _inputAcknowledged;
        }

        if (_answer.Task.IsCompletedSuccessfully) copy._answer.SetResult(_answer.Task.Result);
        if (_pourAnswer.Task.IsCompletedSuccessfully) copy._pourAnswer.SetResult(_pourAnswer.Task.Result);
        if (_exit.Task.IsCompletedSuccessfully) copy._exit.SetResult(_exit.Task.Result);
        if (_drained.Task.IsCompletedSuccessfully) copy._drained.SetResult();
        for (var i = 0; i < _ends.Length; i++)
            if (_ends[i].Task.IsCompletedSuccessfully)
                copy._ends[i].SetResult();
        return copy;
    }

    internal void AcknowledgeAgain()
    {
        for (var channel = 1; channel < _outputs.Length; channel++)
            if (Acknowledges && Received(channel) > 0)
                Acknowledge(channel, (ulong)Received(channel));
    }

    /// <summary>Takes a frame in; returns what it breaks, or null.</summary>
    internal string? Receive(Frame frame)
    {
        var broken = Take(frame);
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = NewSource();
        }

        changed.TrySetResult();
        return broken is null ? null : $"{frame.Type} about {Number}, channel {frame.Channel}: {broken}";
    }

    internal void Fail(Exception exception)
    {
        _answer.TrySetException(exception);
        _pourAnswer.TrySetException(exception);
        _exit.TrySetException(exception);
        _drained.TrySetException(exception);
        foreach (var end in _ends) end.TrySetException(exception);
        foreach (var task in (Task[])[_answer.Task, _pourAnswer.Task, _exit.Task, _drained.Task, .. _ends.Select(end => end.Task)])
            _ = task.Exception;
    }

    private string? Take(Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Started:
                return _answer.TrySetResult(frame) ? null : "answered twice";
            case FrameType.StartFailed:
                return _answer.TrySetResult(frame) || _pourAnswer.TrySetResult(frame) ? null : "answered twice";
            case FrameType.Poured:
                return _pourAnswer.TrySetResult(frame) ? null : "answered twice";
            case FrameType.Output:
                return TakeOutput(frame);
            case FrameType.OutputEnd:
                if (frame.UInt64(0) != (ulong)Received(frame.Channel)) return "its total is wrong";
                return _ends[frame.Channel].TrySetResult() ? null : "ended twice";
            case FrameType.InputAck:
                lock (_gate)
                {
                    if (frame.UInt64(0) < _inputAcknowledged) return "it goes back";
                    _inputAcknowledged = frame.UInt64(0);
                }

                return null;
            case FrameType.Exit:
                return _exit.TrySetResult(Agent.Exit.Read(frame)) ? null : "exited twice";
            case FrameType.Drained:
                if (!_exit.Task.IsCompleted) return "before its exit";
                return _drained.TrySetResult() ? null : "drained twice";
            default:
                return "not about a process";
        }
    }

    private string? TakeOutput(Frame frame)
    {
        if (!_answer.Task.IsCompleted) return "before STARTED";
        if (frame.Channel is < 1 or > 4) return "no such channel";
        if (_ends[frame.Channel].Task.IsCompleted) return "after its end";
        if (frame.Payload.Length is <= 8 or > 65536 + 8) return "wrong length";
        ulong end;
        lock (_gate)
        {
            if (frame.UInt64(0) != (ulong)_outputs[frame.Channel].Length) return "its offset is not where the last one ended";
            _outputs[frame.Channel].Write(frame.Payload.AsSpan(8));
            end = (ulong)_outputs[frame.Channel].Length;
        }

        if (Acknowledges) Acknowledge(frame.Channel, end);
        return null;
    }

    private string Text(int channel) => Encoding.UTF8.GetString(Output(channel));

    private string Describe() =>
        $"stdout ({Received(1)}): {Tail(Stdout)}; stderr ({Received(2)}): {Tail(Stderr)}; terminal ({Received(4)}): {Tail(Screen)}; exited: {HasExited}; {_session.Describe()}";

    private static string Tail(string text) => text.Length > 500 ? text[^500..] : text;

    private async Task<T> Within<T>(Task<T> task)
    {
        await Within((Task)task);
        return await task;
    }

    private async Task Within(Task task)
    {
        try
        {
            await task.WaitAsync(_patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Process {Number} did not come to it. {Describe()}", e);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

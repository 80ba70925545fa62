using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;

namespace Sandbox.Guest.Tests.Agent;

/// <summary>
/// A running agent and the test's end of its link. Every frame is checked against the protocol; <see cref="DisposeAsync"/> fails the test that
/// let a violation or a sanitizer's report pass.
/// </summary>
public sealed partial class AgentSession : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly Func<ValueTask> _cleanUp;
    private readonly Channel<Frame> _others = Channel.CreateUnbounded<Frame>();
    private readonly ConcurrentDictionary<uint, GuestProgram> _programs = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly BlockingCollection<byte[]> _outgoing = [];
    private readonly Task _reading;
    private readonly Task _writing;
    private readonly Task<string> _log;
    private readonly ManualResetEventSlim _mayRead = new(initialState: true);
    private uint _newest;

    private AgentSession(Process process, Func<ValueTask> cleanUp, HeldSandbox? held)
    {
        if (held is not null)
        {
            _holds = _isHeld = true;
            _newest = held.Newest;
            foreach (var program in held.ProgramsFor(this))
                _programs[program.Number] = program;
        }

        _process = process;
        _cleanUp = cleanUp;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _log = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Frames about the sandbox itself, in order.</summary>
    public ChannelReader<Frame> Others => _others.Reader;

    /// <summary>Set by tests that provoke a failure of the agent.</summary>
    public bool ExpectsFailure { get; set; }

    /// <summary>Set by tests that send frames past this class, so that it cannot know what may be answered.</summary>
    public bool ExpectsAnything { get; set; }

    /// <summary>While true, nothing is read of what the agent sends.</summary>
    public bool IsReadingPaused
    {
        get => !_mayRead.IsSet;
        set { if (value) _mayRead.Reset(); else _mayRead.Set(); }
    }

    public static AgentSession Attach(ProcessStartInfo command, Func<ValueTask> cleanUp, HeldSandbox? held = null)
    {
        command.RedirectStandardInput = command.RedirectStandardOutput = command.RedirectStandardError = true;
        var process = Process.Start(command) ?? throw new InvalidOperationException($"{command.FileName} did not start.");
        return new AgentSession(process, cleanUp, held);
    }

    /// <summary>Takes HELLO, configures, and waits for READY.</summary>
    public async Task ConfigureAsync(Configuration configuration)
    {
        var hello = await NextAsync();
        Assert.Equal(FrameType.Hello, hello.Type);
        Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(hello.Payload));
        Send(new Frame(FrameType.Configure, 0, 0, configuration.ToFields().ToArray()));
        var ready = await NextAsync();
        Assert.True(ready.Type == FrameType.Ready, $"{ready.Type} {(ready.Payload.Length > 4 ? ready.Text[4..] : "")}");
    }

    /// <summary>The next frame about the sandbox itself.</summary>
    public async Task<Frame> NextAsync()
    {
        try
        {
            return await _others.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(_patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The agent said nothing. {Describe()}", e);
        }
    }

    public GuestProgram Start(Start start, bool acknowledges = true)
    {
        var program = NewProgram(acknowledges);
        Send(new Frame(FrameType.Start, 0, program.Number, start.ToFields(program.Number).ToArray()));
        return program;
    }

    /// <summary>A number, and a place for what is said about it.</summary>
    public GuestProgram NewProgram(bool acknowledges = true)
    {
        var program = new GuestProgram(this, Interlocked.Increment(ref _newest)) { Acknowledges = acknowledges };
        _programs[program.Number] = program;
        return program;
    }

    /// <summary>Runs to the end.</summary>
    public async Task<(Exit Exit, GuestProgram Program)> RunAsync(Start start)
    {
        var program = Start(start);
        return (await program.EndedAsync(), program);
    }

    public async Task PingAsync(ulong value = 42)
    {
        Send(new Frame(FrameType.Ping, 0, 0, Frame.Bytes(value)));
        var pong = await NextAsync();
        Assert.Equal((FrameType.Pong, value), (pong.Type, pong.UInt64(0)));
    }

    public void Send(Frame frame) => SendBytes(frame.ToBytes());

    /// <summary>Never blocks: an agent that does not read is what some tests want.</summary>
    public void SendBytes(byte[] bytes)
    {
        try
        {
            _outgoing.Add(bytes);
        }
        catch (InvalidOperationException) when (_outgoing.IsAddingCompleted)
        {
            // The test is over, and a program still writes what would be acknowledged.
        }
    }

    /// <summary>Closes the host's end of the link.</summary>
    public void Close() => _outgoing.CompleteAdding();

    /// <summary>Waits for the agent's end; returns its exit code.</summary>
    public async Task<int> ExitedAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(_patience);
        await _reading.WaitAsync(_patience);
        return _process.ExitCode;
    }

    /// <summary>Waits for the end of a command that leaves the agent running.</summary>
    public async Task LauncherEndedAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(_patience);
        Assert.Equal(0, _process.ExitCode);
    }

    public string Describe() => $"Violations: [{string.Join("; ", _violations)}]. Ended: {_process.HasExited}. Log: {(_log.IsCompleted ? _log.Result : "")}";

    public async ValueTask DisposeAsync()
    {
        string log;
        IsReadingPaused = false;
        try
        {
            if (!_outgoing.IsAddingCompleted)
            {
                Send(new Frame(FrameType.Shutdown, 0, 0, []));
                _outgoing.CompleteAdding();
            }

            using var deadline = new CancellationTokenSource(_patience);
            try
            {
                await _process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                _violations.Enqueue("the agent did not end");
                _process.Kill(entireProcessTree: true);
            }

            await _reading;
            await _writing;
            log = await _log;
        }
        finally
        {
            _process.Dispose();
            _mayRead.Dispose();
            _outgoing.Dispose();
            await _cleanUp();
        }

        if (log.Contains("Sanitizer", StringComparison.Ordinal) || log.Contains("runtime error", StringComparison.Ordinal))
            Assert.Fail(log);
        Assert.True(_violations.IsEmpty, $"{string.Join("; ", _violations)}\n{log}");
    }

    private void Write()
    {
        var stream = _process.StandardInput.BaseStream;
        try
        {
            foreach (var bytes in _outgoing.GetConsumingEnumerable())
            {
                stream.Write(bytes);
                if (_outgoing.Count == 0) stream.Flush();
            }
        }
        catch (IOException)
        {
            // The agent has ended. What that means is said by what it sent last.
            foreach (var _ in _outgoing.GetConsumingEnumerable()) { }
        }

        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // As above.
        }
    }

    private void Read()
    {
        var stream = _process.StandardOutput.BaseStream;
        var header = new byte[Frame.HeaderLength];
        try
        {
            while (true)
            {
                _mayRead.Wait();
                stream.ReadExactly(header);
                var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
                if (length > 65552)
                {
                    _violations.Enqueue($"a frame of {length} bytes");
                    break;
                }

                var payload = new byte[length];
                stream.ReadExactly(payload);
                Dispatch(new Frame((FrameType)header[4], header[5], BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)), payload));
            }
        }
        catch (EndOfStreamException)
        {
            // The end of the agent.
        }

        _others.Writer.TryComplete();
        foreach (var program in _programs.Values)
            program.Fail(new EndOfStreamException($"The agent ended. {Describe()}"));
    }

    private void Dispatch(Frame frame)
    {
        FollowHolding(frame);
        if (frame.Type == FrameType.Failure && !ExpectsFailure)
            _violations.Enqueue($"FAILURE {frame.UInt32(0)}: {frame.Text[4..]}");
        if (ExpectsAnything && frame.Type != FrameType.Pong && frame.Type != FrameType.Failure)
            return;
        if (frame.Process == 0)
            _others.Writer.TryWrite(frame);
        else if (!_programs.TryGetValue(frame.Process, out var program))
            _violations.Enqueue($"{frame.Type} about {frame.Process}, which was never started");
        else if (program.Receive(frame) is { } broken)
            _violations.Enqueue(broken);
    }
}

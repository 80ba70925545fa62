using Sandbox.Grains.Execution;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Executions;

/// <summary>
/// One run of a one-off in its sandbox: starts the program, reads its output, and ends it at its limits. <see cref="NextAsync"/> gives the
/// output piece by piece and null at the end; then <see cref="Exit"/> says how it went.
/// </summary>
internal sealed class OneOffRun : IAsyncDisposable
{
    private const int SigKill = 9;
    private static readonly TimeSpan _cpuCheck = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _containerEndsWithin = TimeSpan.FromSeconds(2);

    private readonly StartedSandbox _sandbox;
    private readonly ExecutionRequest _request;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop;
    private readonly TimeSpan _queued;
    private readonly bool _warm;
    private readonly long _began;
    private readonly TimeSpan _cpuBefore;
    private ITimer? _wallClock;
    private ITimer? _cpuClock;
    private ExitReason? _stopReason;
    private GuestProcess? _process;
    private IAsyncEnumerator<OutputChunk>? _output;
    private Task _input = Task.CompletedTask;
    private long _outputBytes;
    private long _resultBytes;

    /// <param name="sandbox">A sandbox that served nothing before. It stays the caller's, who removes it after the run.</param>
    /// <param name="request">What to run.</param>
    /// <param name="queued">How long the request waited for the sandbox.</param>
    /// <param name="warm">Whether the sandbox was ready before.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public OneOffRun(
        StartedSandbox sandbox, ExecutionRequest request, TimeSpan queued, bool warm, TimeProvider time, CancellationToken cancellationToken)
    {
        (_sandbox, _request, _queued, _warm, _time) = (sandbox, request, queued, warm, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _began = time.GetTimestamp();
        _cpuBefore = ReadCpu();
    }

    /// <summary>How it ended; null until <see cref="NextAsync"/> has returned null.</summary>
    public ExecutionExited? Exit { get; private set; }

    /// <summary>The next piece of output, or null when the run is over.</summary>
    /// <exception cref="OperationCanceledException">The caller's token ended the run.</exception>
    public async ValueTask<ExecutionOutput?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_output is null && !await StartAsync()) return null;
            while (await _output!.MoveNextAsync())
            {
                if (Admit(_output.Current) is { } output) return output;
                if (_stopReason is { } reason) return End(reason);
            }

            return End(await _process!.Exited.WaitAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && _stopReason is { } reason)
        {
            return End(reason);
        }
        catch (LinkException e)
        {
            return await EndWithSandboxAsync(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_wallClock is not null) await _wallClock.DisposeAsync();
        if (_cpuClock is not null) await _cpuClock.DisposeAsync();
        if (_output is not null) await _output.DisposeAsync();
        await _input.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<bool> StartAsync()
    {
        if (OneOffProgram.CanPour(_request))
        {
            _process = _sandbox.Mould!;
            if (await _process.PourAsync(OneOffProgram.Pour(_request), _stop.Token) is { } failure) return Fail(failure);
        }
        else
        {
            var started = await _sandbox.Link.StartAsync(OneOffProgram.Start(_request), _stop.Token);
            if (!started.IsStarted) return Fail(started.Failure);
            _process = started.Process;
        }

        _wallClock = _time.CreateTimer(_ => Stop(ExitReason.Timeout), null, _request.Limits.WallClock, Timeout.InfiniteTimeSpan);
        if (_request.Limits.Cpu is not null) _cpuClock = _time.CreateTimer(_ => CheckCpu(), null, _cpuCheck, _cpuCheck);
        _input = FeedAsync(_process);
        _output = _process.ReadOutputAsync(OutputUntil.Drained, _stop.Token).GetAsyncEnumerator(_stop.Token);
        return true;
    }

    /// <summary>Beside the output: a program need not read before it writes.</summary>
    private async Task FeedAsync(GuestProcess process)
    {
        if (_request.Stdin.Length == 0 || await process.WriteInputAsync(_request.Stdin, _stop.Token))
            await process.EndInputAsync(_stop.Token);
    }

    /// <summary>Counts a piece against its limit; what is beyond is cut off and ends the run.</summary>
    private ExecutionOutput? Admit(OutputChunk chunk)
    {
        ref var count = ref chunk.Channel == LinkChannel.Result ? ref _resultBytes : ref _outputBytes;
        var room = (chunk.Channel == LinkChannel.Result ? _request.Limits.ResultBytes : _request.Limits.OutputBytes) - count;
        count += chunk.Data.Length;
        if (chunk.Data.Length > room) _stopReason ??= ExitReason.OutputLimit;
        return room <= 0 ? null : new ExecutionOutput
        {
            Channel = (OutputChannel)chunk.Channel,
            Data = chunk.Data.Length <= room ? chunk.Data : chunk.Data[..(int)room],
        };
    }

    private void Stop(ExitReason reason)
    {
        _stopReason ??= reason;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run was over just before its clock.
        }
    }

    private void CheckCpu()
    {
        if (CpuOfSandbox() > _request.Limits.Cpu) Stop(ExitReason.CpuLimit);
    }

    /// <summary>What the whole sandbox has used since the run began: what is known of a program that did not end by itself.</summary>
    private TimeSpan CpuOfSandbox() => ReadCpu() is var now && now > _cpuBefore ? now - _cpuBefore : TimeSpan.Zero;

    /// <summary>Zero where nothing counts it, or the sandbox is gone.</summary>
    private TimeSpan ReadCpu() => _sandbox.Container.ReadUsage().Cpu ?? TimeSpan.Zero;

    private bool Fail(StartFailure failure)
    {
        Exit = Exited(ExitReason.StartFailed) with { Message = $"The program could not be started ({failure.Stage}): {failure.Message}" };
        return false;
    }

    private ExecutionOutput? End(ExitReason reason)
    {
        Exit = Exited(reason);
        return null;
    }

    private ExecutionOutput? End(ProcessExit exit)
    {
        var outOfMemory = exit.OutOfMemory || (exit.Signal == SigKill && _sandbox.Container.ReadUsage().OomKills > 0);
        var reason = outOfMemory ? ExitReason.OutOfMemory : exit.Code is null ? ExitReason.Killed : ExitReason.Exited;
        Exit = Exited(reason, exit.UserTime + exit.SystemTime) with { Code = exit.Code, Signal = exit.Signal };
        return null;
    }

    /// <summary>The sandbox ended below the program. The kernel's counts say whether memory was the reason.</summary>
    private async Task<ExecutionOutput?> EndWithSandboxAsync(LinkException error)
    {
        var outOfMemory = false;
        try
        {
            outOfMemory = (await _sandbox.Container.Exited.WaitAsync(_containerEndsWithin, _time)).OutOfMemory;
        }
        catch (TimeoutException)
        {
            // It broke the protocol and still runs; its removal ends it.
        }

        Exit = Exited(outOfMemory ? ExitReason.OutOfMemory : ExitReason.SandboxFailed) with { Message = error.Message };
        return null;
    }

    private ExecutionExited Exited(ExitReason reason, TimeSpan? cpu = null) => new()
    {
        Reason = reason,
        Timings = new ExecutionTimings { Queued = _queued, Ran = _time.GetElapsedTime(_began), Cpu = cpu ?? CpuOfSandbox(), Warm = _warm },
    };
}

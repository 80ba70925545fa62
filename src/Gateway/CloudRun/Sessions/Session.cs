using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Checkpoints;
using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Attachments;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>
/// The one client of a sandbox, from when it runs until the connection ends: carries out what it sends, one message after the other, and tells it what
/// becomes of the sandbox. The sandbox outlives it.
/// </summary>
internal sealed partial class Session
{
    private static readonly TimeSpan s_keepsPlace = AttachmentPlace.Holds / 3;

    private readonly SessionServices _services;
    private readonly Caller _caller;
    private readonly ISandboxGrain _sandbox;
    private readonly SandboxSocket _socket;
    private readonly SessionFlags _flags;
    private readonly IAttachmentGrain _place;
    private readonly string _client = Guid.NewGuid().ToString("n");
    private readonly CancellationTokenSource _ending = new();
    private readonly ProgramRunner _programs;
    private int _ended;

    // True while this session itself ends the sandbox or puts it to storage, and tells of that by itself.
    private volatile bool _acts;
    private volatile bool _toldDeleting;

    public Session(SessionServices services, Caller caller, ISandboxGrain sandbox, SandboxSocket socket, SessionFlags flags)
    {
        (_services, _caller, _sandbox, _socket, _flags) = (services, caller, sandbox, socket, flags);
        _place = services.Grains.GetGrain<IAttachmentGrain>(FollowedSandbox.GrainOf(sandbox).GetPrimaryKeyString());
        _programs = new ProgramRunner(services, sandbox, socket, _ending.Token);
    }

    /// <summary>Makes this the sandbox's client.</summary>
    /// <returns>False while it has another one.</returns>
    public Task<bool> TakePlaceAsync() => _place.TakeAsync(_client);

    /// <summary>Lets another client have the sandbox.</summary>
    public Task LeaveAsync() => _place.LeaveAsync(_client);

    /// <summary>Serves the client until it leaves, or the sandbox goes.</summary>
    public async Task RunAsync()
    {
        Task[] beside = [KeepPlaceAsync(), WatchAsync(), StopAsync()];
        if (await TryAsync(_programs.FindAsync) is { } failure && !await IsGoingAsync()) await EndAsync(CloseCode.Failed, StatusNames.Error, failure);

        // Also behind a close of this side, until the client has answered it.
        while (await _socket.ReceiveAsync() is { } message)
        {
            if (_ending.IsCancellationRequested) continue;
            try
            {
                await TakeAsync(ClientMessage.Read(message));
            }
            catch (OperationCanceledException) when (_ending.IsCancellationRequested)
            {
                // It ended in the middle of it.
            }
            catch (Exception e)
            {
                await EndAsync(CloseCode.Failed, StatusNames.Error, _services.Failures.Explain(e, "session").Message);
            }
        }

        // Whoever attaches next need not wait for what is still to be done here.
        await EndAsync(CloseCode.Done);
        await _programs.DisposeAsync();
        await Task.WhenAll(beside);
        _ending.Dispose();
    }

    private Task TakeAsync(ClientMessage message) => message switch
    {
        ClientMessage.Execute execute => _programs.StartAsync(execute),
        ClientMessage.Stdin stdin => _programs.WriteAsync(stdin.Data),
        ClientMessage.KillProcess => _programs.KillAsync(),
        ClientMessage.Reconnect => _programs.ReconnectAsync(),
        ClientMessage.KillSandbox => KillSandboxAsync(),
        ClientMessage.Checkpoint => CheckpointAsync(),
        ClientMessage.SnapshotFilesystem snapshot => SnapshotAsync(snapshot.Name),
        ClientMessage.Wrong wrong => _socket.ErrorAsync(wrong.Status, wrong.Message),
        _ => throw new ArgumentOutOfRangeException(nameof(message), message, "A message that nobody takes."),
    };

    private async Task KillSandboxAsync()
    {
        await _socket.StatusAsync(StatusNames.Killing);
        await _socket.StatusAsync(StatusNames.Deleting);
        (_acts, _toldDeleting) = (true, true);
        if (await TryAsync(() => SandboxCalls.DeleteAsync(_sandbox)) is { } failure)
        {
            _acts = false;
            await _socket.ErrorAsync(StatusNames.KillError, failure);
            return;
        }

        await _socket.StatusAsync(StatusNames.Deleted);
        await EndAsync(CloseCode.Done, StatusNames.Killed);
    }

    private async Task CheckpointAsync()
    {
        if (!_flags.Checkpoint)
        {
            await EndAsync(CloseCode.Failed, StatusNames.CheckpointError, "The sandbox was created without enable_checkpoint.");
            return;
        }

        if (await _programs.IsRunningAsync())
        {
            await _socket.ErrorAsync(StatusNames.ExecutionInProgress, "A program runs: wait for its end, or kill it first.");
            return;
        }

        await _socket.StatusAsync(StatusNames.Checkpointing);
        _acts = true;
        if (await TryAsync(() => CheckpointCalls.SuspendAsync(_sandbox)) is { } failure) await EndAsync(CloseCode.Failed, StatusNames.CheckpointError, failure);
        else await EndAsync(CloseCode.Done, StatusNames.Checkpointed);
    }

    private async Task SnapshotAsync(string name)
    {
        await _socket.StatusAsync(StatusNames.SnapshotCreating);

        // What the name held before is replaced.
        var request = Arguments.Of(JsonSerializer.SerializeToElement(new { name, overwrite = true }));
        var failure = await TryAsync(() => _services.Snapshots.CreateAsync(_caller, _sandbox, request));
        if (failure is not null) await _socket.ErrorAsync(StatusNames.SnapshotError, failure);
        else await _socket.StatusAsync(StatusNames.SnapshotCreated);
    }

    /// <returns>What went wrong, or null.</returns>
    private async Task<string?> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !_ending.IsCancellationRequested)
        {
            return _services.Failures.Explain(e, "session").Message;
        }
    }

    /// <summary>Ends the session, once. The place is free before the client hears of it: it may attach anew at once.</summary>
    private async Task EndAsync(WebSocketCloseStatus code, string? status = null, string? error = null)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        if (await TryAsync(LeaveAsync) is { } failure) LogNotLeft(failure);
        if (status is not null) await _socket.StatusAsync(status);
        if (error is not null) await _socket.ErrorAsync(status: null, error);
        await _socket.CloseAsync(code, "");
        await _ending.CancelAsync();
    }

    /// <summary>Lets the client go when the server stops.</summary>
    private async Task StopAsync()
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, _services.Application.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndAsync(CloseCode.Stopping);
    }

    private async Task KeepPlaceAsync()
    {
        using var timer = new PeriodicTimer(s_keepsPlace);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                if (await TryAsync(async () => await KeepOnceAsync()) is { } failure) LogNotKept(failure);
            }
        }
        catch (OperationCanceledException)
        {
            // The session has ended.
        }
    }

    private async Task KeepOnceAsync()
    {
        if (!await TakePlaceAsync()) await EndAsync(CloseCode.Refused, StatusNames.InUse);
    }

    private string Key => FollowedSandbox.GrainOf(_sandbox).GetPrimaryKeyString();

    private void LogNotLeft(string failure) => LogNotLeft(_services.Logger, Key, failure);

    private void LogNotKept(string failure) => LogNotKept(_services.Logger, Key, failure);

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The client of {Sandbox} could not give its place up, which is free in a while: {Reason}")]
    private static partial void LogNotLeft(ILogger logger, string sandbox, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The place of the client of {Sandbox} could not be kept; it is tried again: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string sandbox, string reason);
}

using System.Text;
using System.Text.Json;
using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>
/// The programs of a session, one at a time. They are processes of the sandbox like any others, known by the form of their ids, so that the next
/// session finds the one that still runs.
/// </summary>
internal sealed class ProgramRunner(SessionServices services, ISandboxGrain sandbox, SandboxSocket socket, CancellationToken ending) : IAsyncDisposable
{
    private const string Prefix = "exec-";

    // Held while it is decided what runs, so that what is told of one program's end never comes behind another one's start.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private string? _last;
    private string? _told;
    private ProgramInput? _input;
    private Task _running = Task.CompletedTask;
    private bool _active;

    /// <summary>Finds what an earlier session started last.</summary>
    public async Task FindAsync()
    {
        var processes = (await sandbox.ListProcessesAsync()).ValueOrThrow().Processes;
        _last = processes.LastOrDefault(process => process.Id.StartsWith(Prefix, StringComparison.Ordinal))?.Id;
    }

    /// <summary>Whether a program runs, or has not been told to its end.</summary>
    public Task<bool> IsRunningAsync() => InTurnAsync(IsRunningNowAsync);

    /// <summary>Starts a program.</summary>
    public Task StartAsync(ClientMessage.Execute execute) => InTurnAsync(async () =>
    {
        if (await IsRunningNowAsync())
        {
            await socket.ErrorAsync(StatusNames.ExecutionError, "A program runs already: one at a time.");
            return true;
        }

        var id = Prefix + Ids.NewProcess();
        var request = JsonSerializer.SerializeToElement(new
        {
            processId = id,
            language = execute.Language,
            // What is empty is a program too: one that does nothing.
            code = execute.Code.Length > 0 ? execute.Code : "\n",
            stdin = true,
            onFull = "block",
        });
        if (await TryAsync(() => services.Processes.StartAsync(sandbox, Arguments.Of(request))) is { } failure)
        {
            await socket.ErrorAsync(StatusNames.ExecutionError, failure);
            return true;
        }

        _last = id;
        await EndInputAsync();
        await socket.StatusAsync(StatusNames.ExecutionRunning);
        Begin(id);
        return true;
    });

    /// <summary>Gives the running program input.</summary>
    public Task WriteAsync(string data) => InTurnAsync(async () =>
    {
        if (_last is null || !await IsRunningNowAsync()) await socket.ErrorAsync(StatusNames.StdinError, "No program runs that could read it.");
        else if (!(_input ??= new ProgramInput(sandbox, _last, FailAsync, ending)).TryAdd(Encoding.UTF8.GetBytes(data)))
            await socket.ErrorAsync(StatusNames.StdinError, $"The program has not read what it was given before: {ProgramInput.MostWaiting} bytes may wait.");
        return true;

        Task FailAsync(string failure) => socket.ErrorAsync(StatusNames.StdinError, failure);
    });

    /// <summary>Ends the running program, where one runs.</summary>
    public Task KillAsync() => InTurnAsync(async () =>
    {
        var runs = await IsRunningNowAsync();
        if (runs && await TryAsync(() => ProcessCalls.KillAsync(sandbox, _last!)) is { } failure)
        {
            await socket.ErrorAsync(StatusNames.ForceKillError, failure);
            return true;
        }

        await socket.StatusAsync(StatusNames.ForceKilled);

        // Its end is told, also to a client that did not ask for its output.
        if (runs && !_active) Begin(_last!);
        return true;
    });

    /// <summary>Goes on with the output of what an earlier session started last, where it stopped, and tells its end.</summary>
    public Task ReconnectAsync() => InTurnAsync(() =>
    {
        if (!_active && _last is { } last && last != _told) Begin(last);
        return Task.FromResult(true);
    });

    public async ValueTask DisposeAsync()
    {
        await _running;
        await EndInputAsync();
        _turn.Dispose();
    }

    private async Task<bool> IsRunningNowAsync() => _active
        || (_last is { } last && last != _told && (await sandbox.DescribeProcessAsync(last)).Value is { End: null });

    private void Begin(string id)
    {
        _active = true;
        _running = RunAsync(id, new ProgramOutput(services, sandbox, id, socket, ending));
    }

    /// <summary>Gives up what a program was still to be given.</summary>
    private async Task EndInputAsync()
    {
        if (_input is null) return;
        await _input.DisposeAsync();
        _input = null;
    }

    private async Task RunAsync(string id, ProgramOutput output)
    {
        try
        {
            var failure = await TryAsync(output.RunAsync);
            await InTurnAsync(async () =>
            {
                (_active, _told) = (false, id);
                await EndInputAsync();
                if (failure is null) await socket.StatusAsync(StatusNames.ExecutionDone);
                else await socket.ErrorAsync(StatusNames.ExecutionError, failure);
                return true;
            });
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The session has ended; the program goes on.
        }
    }

    private async Task<bool> InTurnAsync(Func<Task<bool>> act)
    {
        await _turn.WaitAsync(ending);
        try
        {
            return await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <returns>What went wrong, or null.</returns>
    private async Task<string?> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Exception e) when (!ending.IsCancellationRequested)
        {
            return services.Failures.Explain(e, "session").Message;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new OperationCanceledException("The session has ended, and what failed may have failed because of that.", e, ending);
        }
    }
}

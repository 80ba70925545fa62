using System.Runtime.InteropServices;

namespace Sandbox.Silo.Hosting;

/// <summary>
/// SIGTERM, SIGINT (Ctrl-C) and SIGQUIT stop the server: at once while the machine is being made ready or when it serves, and in between, while
/// the grains' engine starts, as soon as it has. An engine that is cancelled in its start tells of failures that are none.
/// </summary>
internal sealed class StopSignals(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private readonly Lock _gate = new();
    private PosixSignalRegistration[] _signals = [];
    private bool _held;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
        return Task.CompletedTask;
    }

    /// <summary>From here on a stop waits until the server has started.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop before.</exception>
    public void HoldUntilStarted()
    {
        lock (_gate)
        {
            application.ApplicationStopping.ThrowIfCancellationRequested();
            _held = true;
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // Not the runtime's own way, which ends the process at once.
        context.Cancel = true;
        lock (_gate)
        {
            // What has started already is stopped within the call.
            if (_held) application.ApplicationStarted.UnsafeRegister(_ => application.StopApplication(), null);
            else application.StopApplication();
        }
    }
}

using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Sandboxes.Cli.Commands;

/// <summary>
/// Signals to this process, kept for the program in the sandbox. Before there is one they end the command, as they would without us.
/// </summary>
internal sealed class SignalRelay : IDisposable
{
    private static readonly (PosixSignal Signal, string Name)[] s_relayed =
        [(PosixSignal.SIGINT, "INT"), (PosixSignal.SIGQUIT, "QUIT"), (PosixSignal.SIGTERM, "TERM"), (PosixSignal.SIGHUP, "HUP")];

    // A bounded one: whoever sends more signals than this before the first is delivered does not need them all.
    private readonly Channel<string> _signals = Channel.CreateBounded<string>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _beforeStart = new();
    private readonly List<PosixSignalRegistration> _registrations;

    public SignalRelay() => _registrations = [.. s_relayed.Select(relayed => PosixSignalRegistration.Create(relayed.Signal, context =>
    {
        context.Cancel = true;
        if (_signals.Writer.TryWrite(relayed.Name)) _beforeStart.Cancel();
    }))];

    /// <summary>Cancelled by the first signal: for what comes before the program.</summary>
    public CancellationToken BeforeStart => _beforeStart.Token;

    /// <summary>Passes signals on until it is cancelled. A second interrupt means business, and kills.</summary>
    public async Task RelayAsync(SandboxProcess process, CancellationToken cancellationToken)
    {
        var interrupts = 0;
        await foreach (var name in _signals.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                if (name == "INT" && ++interrupts > 1) await process.KillAsync(cancellationToken);
                else await process.SignalAsync(name, group: true, cancellationToken);
            }
            catch (SandboxException e) when (e is ConflictException or NotFoundException or UnknownOutcomeException)
            {
                // It has ended meanwhile, or the signal was lost with the connection: the next one is as good.
            }
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _beforeStart.Dispose();
    }
}

using Microsoft.Extensions.Options;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Faults;

/// <summary>Carries out what the file of <see cref="FaultOptions.Control"/> says.</summary>
internal sealed class FaultControl(IOptions<FaultOptions> options)
{
    /// <summary>
    /// The wall clock of sandboxes and of what is kept of them: the machine's unless it is to be wrong. The grains' engine has the machine's always, since it
    /// compares it with its own.
    /// </summary>
    public TimeProvider Clock { get; } = options.Value.ClockOffset == TimeSpan.Zero ? TimeProvider.System : new OffsetClock(options.Value.ClockOffset);

    /// <summary>From here on this process dies where it is told to.</summary>
    public void Watch()
    {
        if (options.Value.Control is null) return;
        FaultPoints.Watch(point =>
        {
            if (Order.DieAt != point) return;
            PosixSignals.Send(Environment.ProcessId, PosixSignals.Kill);

            // The signal is on its way, and nothing is to happen behind the point.
            Thread.Sleep(Timeout.Infinite);
        });
    }

    /// <summary>The store as the file has it: without one, the store itself.</summary>
    public IBlobStore Over(IBlobStore blobs) => options.Value.Control is null ? blobs : new FaultyBlobStore(blobs, () => Order.Store);

    private FaultOrder Order => File.Exists(options.Value.Control) ? FaultOrder.Parse(File.ReadAllText(options.Value.Control)) : FaultOrder.None;
}

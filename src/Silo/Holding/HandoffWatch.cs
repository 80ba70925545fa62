using System.Runtime.CompilerServices;

namespace Sandbox.Silo.Holding;

/// <summary>Looks twice a second for requests to let go what this host holds; while it holds nothing, it asks the store nothing.</summary>
internal sealed partial class HandoffWatch(Handoffs handoffs, HeadLeases leases, TimeProvider time, ILogger<HandoffWatch> logger)
{
    /// <summary>
    /// What this host has held for less is not asked about yet: two hosts whose clients use one sandbox at the same time would do nothing but hand it over. Well below
    /// what the other host waits.
    /// </summary>
    public static readonly TimeSpan LeastHold = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _period = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// Each request, once. The reader must not wait for the letting-go before it takes the next, and removes a request when it has let go. One
    /// that is written anew comes again.
    /// </summary>
    /// <param name="cancellationToken">Ends the watch, with an exception.</param>
    public async IAsyncEnumerable<HandoffRequest> RequestsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<HandoffRequest> known = [];
        using var timer = new PeriodicTimer(_period, time);
        do
        {
            var pending = await PendingAsync(cancellationToken);
            if (pending is null) continue;
            foreach (var request in pending.Where(request => !known.Contains(request))) yield return request;
            known = pending;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<HashSet<HandoffRequest>?> PendingAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await handoffs.PendingAsync([.. leases.All().Where(lease => lease.Age >= LeastHold)], leases.Self, cancellationToken).ToHashSetAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A store that does not answer ends the leases themselves soon enough.
            LogFailed(exception);
            return null;
        }
    }

    [LoggerMessage(261, LogLevel.Warning, "Requests to hand sandboxes over cannot be read; they are looked for again")]
    private partial void LogFailed(Exception exception);
}

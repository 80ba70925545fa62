using System.Runtime.CompilerServices;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes.Events;

/// <summary>A sandbox's events as one unbroken sequence, which goes on at its number when a grain, or its host, ends the enumeration before the
/// reader does.</summary>
internal static class EventSource
{
    /// <summary>Reads to the present end, or as long as there is a sandbox.</summary>
    /// <exception cref="CallException">There is no such sandbox.</exception>
    public static async IAsyncEnumerable<EventView> ReadAsync(
        ISandboxGrain sandbox, EventRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Its events would merely be none.
        (await sandbox.DescribeAsync()).ValueOrThrow();
        var since = request.Since;
        var interruptions = new Interruptions();
        while (true)
        {
            await using var events = sandbox.ReadEventsAsync(since, request.Follow, cancellationToken).GetAsyncEnumerator(cancellationToken);
            bool? moved;
            while ((moved = await MoveAsync(events, interruptions)) is true)
            {
                interruptions.Over();
                since = events.Current.Sequence;
                yield return EventView.Of(events.Current);
            }

            if (moved is false) yield break;
            await interruptions.PauseAsync(cancellationToken);
        }
    }

    /// <summary>Null when the enumeration was ended before its end.</summary>
    private static async ValueTask<bool?> MoveAsync(IAsyncEnumerator<SandboxEvent> events, Interruptions interruptions)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (interruptions.PutUpWith(e))
        {
            return null;
        }
    }
}

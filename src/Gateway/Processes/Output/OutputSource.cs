using System.Runtime.CompilerServices;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Processes.Output;

/// <summary>
/// An output log as one unbroken sequence up to its end. A grain ends an enumeration that nobody has moved for a while, and when its
/// activation or its host ends; the cursor is kept here, and the reading goes on at it.
/// </summary>
internal static class OutputSource
{
    /// <summary>
    /// Items that come in one message at most. They bound what lies between a log and a reader that stalls, beside its window, to 192 KiB.
    /// </summary>
    private const int ItemsAtOnce = 4;

    /// <summary>
    /// How long what was read may lie here for a reader that stalls before it is read anew: no longer than the least margin of a lease, for the host that it was
    /// read at may not hold the sandbox any more, and the history that it belongs to may be over. A reading that does not follow ends where the log did.
    /// </summary>
    public static readonly TimeSpan LiesFor = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads. The last item is an <see cref="OutputEnd"/>.</summary>
    /// <exception cref="CallException">The log cannot be read, or not any more.</exception>
    public static async IAsyncEnumerable<OutputItem> ReadAsync(
        ISandboxGrain sandbox, OutputRequest request, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // An offset without a timeline is one of now, also for a reading that is broken off before its first item.
        var cursor = request.From is { Timeline: null, Offset: > 0 }
            ? request.From with { Timeline = (await sandbox.DescribeAsync()).ValueOrThrow().Timeline }
            : request.From;
        var interruptions = new Interruptions();
        while (true)
        {
            await using var items = sandbox
                .ReadOutputAsync(request.ProcessId, request.Channel, cursor, request.Follow, cancellationToken)
                .WithBatchSize(ItemsAtOnce)
                .GetAsyncEnumerator(cancellationToken);
            var came = time.GetTimestamp();
            var stale = false;
            while (true)
            {
                var moving = MoveAsync(items, interruptions);
                var lay = moving.IsCompleted;
                if (!await moving) break;
                interruptions.Over();
                if (!lay) came = time.GetTimestamp();
                stale = request.Follow && time.GetElapsedTime(came) > LiesFor;
                if (stale) break;
                var item = items.Current;
                if (item is OutputFailure { Error.Code: SandboxErrorCode.Moved }) break;
                if (item is OutputFailure failure) throw new CallException(CallError.Of(failure.Error));
                cursor = new OutputCursor(item.Timeline, Behind(item, cursor.Offset));
                yield return item;
                if (item is OutputEnd) yield break;
            }

            if (!stale) await interruptions.PauseAsync(cancellationToken);
        }
    }

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<OutputItem> items, Interruptions interruptions)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (interruptions.PutUpWith(e))
        {
            return false;
        }
    }

    private static long Behind(OutputItem item, long offset) => item switch
    {
        OutputData data => data.Offset + data.Data.Length,
        OutputGap gap => gap.To,
        OutputRewound rewound => rewound.To,
        _ => offset,
    };
}

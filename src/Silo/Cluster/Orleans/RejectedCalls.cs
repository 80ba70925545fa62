namespace Sandbox.Silo.Cluster;

/// <summary>
/// Calls a grain again that no silo took in: while one leaves, what is under way to it, or to a part of the directory of grains that was there, is rejected
/// until the others know. Such a call has not begun, so that none is made twice; one whose silo died under it is not repeated here.
/// </summary>
internal sealed class RejectedCalls(TimeProvider time) : IOutgoingGrainCallFilter
{
    private static readonly TimeSpan _enough = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.TargetId.IsSystemTarget())
        {
            await context.Invoke();
            return;
        }

        var (began, pause) = (time.GetTimestamp(), _firstPause);
        while (true)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (OrleansMessageRejectionException e) when (e is not SiloUnavailableException && time.GetElapsedTime(began) < _enough)
            {
                await Task.Delay(pause, time, context.Request.GetCancellationToken());
                pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
            }
        }
    }
}

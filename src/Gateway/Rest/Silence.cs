namespace Sandbox.Gateway.Rest;

/// <summary>
/// Breaks the silence of an answer that waits for something to say: proxies, and the networks of mobile phones, take a connection on which
/// nothing moves for dead.
/// </summary>
internal static class Silence
{
    /// <summary>How long it may last. Callers are promised 15 s; a loaded server may be a little late.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Waits for the next thing to say.</summary>
    /// <param name="next">It.</param>
    /// <param name="breakAsync">Sends what the reader skips. When it fails, <paramref name="next"/> is still going on.</param>
    /// <param name="time">The clock.</param>
    public static async ValueTask<T> BreakAsync<T>(ValueTask<T> next, Func<Task> breakAsync, TimeProvider time)
    {
        if (next.IsCompleted) return await next;
        var coming = next.AsTask();
        while (true)
        {
            await ((Task)coming).WaitAsync(Longest, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (coming.IsCompleted) return await coming;
            await breakAsync();
        }
    }
}

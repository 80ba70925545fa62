namespace Orleans.Runtime;

/// <summary>Settings of enumerations over grain calls.</summary>
public static class AsyncEnumerableExtensions
{
    /// <summary>Sets how many ready items travel together at most.</summary>
    /// <param name="self">What a grain method returned; anything else stays as it is.</param>
    /// <param name="maxBatchSize">At least 1; 100 without this.</param>
    /// <typeparam name="T">The type of the items.</typeparam>
    public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchSize, 1);
        if (self is RemoteEnumerable<T> remote) remote.MaxBatchSize = maxBatchSize;
        return self;
    }
}

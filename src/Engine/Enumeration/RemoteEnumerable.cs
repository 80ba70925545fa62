namespace Orleans.Runtime;

/// <summary>What a caller gets from a grain method that returns <c>IAsyncEnumerable</c>.</summary>
internal sealed class RemoteEnumerable<T>(EnumerableMethod<T> method, GrainReference target, object?[] arguments) : IAsyncEnumerable<T>
{
    /// <summary>How many ready items travel together at most.</summary>
    public int MaxBatchSize { get; set; } = 100;

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        // Copied once more, since each enumeration may change its own.
        var own = method.Copy(arguments);
        return new RemoteEnumerator<T>(method, target, own, MaxBatchSize, cancellationToken);
    }
}

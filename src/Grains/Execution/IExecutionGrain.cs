namespace Sandbox.Grains.Execution;

/// <summary>
/// One one-off execution. Its key is <c>{owner}/{id}</c> with an id that is used once (<see cref="ExecutionKey"/>); it has no state to keep,
/// lives on the host that was called and goes when its run has ended.
/// </summary>
[Alias("execution")]
public interface IExecutionGrain : IGrainWithStringKey
{
    /// <summary>
    /// Runs the request in a fresh sandbox and reports what happens. Ending the enumeration early, or cancelling it, kills the program and
    /// removes its sandbox.
    /// </summary>
    /// <param name="request">What to run.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>The events, in the order that <see cref="ExecutionEvent"/> describes.</returns>
    [Alias("run")]
    IAsyncEnumerable<ExecutionEvent> RunAsync(ExecutionRequest request, CancellationToken cancellationToken = default);
}

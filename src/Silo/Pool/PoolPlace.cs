namespace Sandbox.Silo.Pool;

/// <summary>
/// Room on the host for something that is kept ready and can be done without. Its holder disposes it, once, when that thing is gone or is used by one who was
/// admitted.
/// </summary>
internal sealed class PoolPlace(Action<PoolPlace> started, Action<PoolPlace> ended) : IDisposable
{
    private readonly TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody waits for this room, or the pool stops: what has it is to go.</summary>
    public Task Wanted => _wanted.Task;

    /// <summary>Whether its thing is still being made. The pool's.</summary>
    internal bool IsStarting { get; set; } = true;

    /// <summary>Says that its thing is made; before that nothing else is begun in its stead.</summary>
    public void Started() => started(this);

    /// <summary>Gives the room back.</summary>
    public void Dispose() => ended(this);

    /// <summary>Asks for the room.</summary>
    internal void Want() => _wanted.TrySetResult();
}

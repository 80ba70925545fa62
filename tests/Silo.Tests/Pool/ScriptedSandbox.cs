using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

internal sealed class ScriptedSandbox : IPooledSandbox
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    public Task Removed => _removed.Task;

    /// <summary>What its removal waits for.</summary>
    public Task Gate { get; init; } = Task.CompletedTask;

    public void Die() => _ended.SetResult();

    public async ValueTask DisposeAsync()
    {
        await Gate;
        _removed.SetResult();
    }
}

using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

internal sealed class ScriptedSandbox : IPooledSandbox
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    public Task Removed => _removed.Task;

    public void Die() => _ended.SetResult();

    public ValueTask DisposeAsync()
    {
        _removed.SetResult();
        return ValueTask.CompletedTask;
    }
}

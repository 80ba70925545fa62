namespace Sandbox.Silo.Pool;

/// <summary>Starts sandboxes of one kind for a pool.</summary>
/// <typeparam name="TSandbox">The kind's sandboxes.</typeparam>
internal interface ISandboxFactory<TSandbox>
    where TSandbox : IPooledSandbox
{
    /// <summary>Starts one, ready for use.</summary>
    /// <exception cref="SandboxStartException">It could not be started; nothing of it is left.</exception>
    Task<TSandbox> StartAsync(CancellationToken cancellationToken);
}

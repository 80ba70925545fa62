namespace Sandbox.Silo.Pool;

/// <summary>A started sandbox as the pool sees it. Disposing removes it from the machine.</summary>
internal interface IPooledSandbox : IAsyncDisposable
{
    /// <summary>Completes, and never fails, when the sandbox has ended by whatever cause.</summary>
    Task Ended { get; }
}

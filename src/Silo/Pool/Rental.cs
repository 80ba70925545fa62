using Sandbox.Grains.Execution;

namespace Sandbox.Silo.Pool;

/// <summary>The answer to a request for a sandbox: one, or why there is none.</summary>
/// <typeparam name="TSandbox">The kind's sandboxes.</typeparam>
internal abstract record Rental<TSandbox>
{
    private Rental()
    {
    }

    /// <summary>A sandbox that is now the caller's, who gives it back by <see cref="WarmPool{TSandbox}.Retire"/>.</summary>
    /// <param name="Sandbox">The sandbox.</param>
    /// <param name="Warm">True when it was ready before it was asked for.</param>
    internal sealed record Granted(TSandbox Sandbox, bool Warm) : Rental<TSandbox>;

    /// <summary>None.</summary>
    /// <param name="Refusal">Why.</param>
    internal sealed record Refused(ExecutionRefused Refusal) : Rental<TSandbox>;
}

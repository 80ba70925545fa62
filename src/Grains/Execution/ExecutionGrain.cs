using System.Runtime.CompilerServices;
using Orleans.Placement;
using Sandbox.Grains.Hosting;

namespace Sandbox.Grains.Execution;

/// <inheritdoc cref="IExecutionGrain"/>
[PreferLocalPlacement]
internal sealed class ExecutionGrain(ISandboxHost host) : Grain, IExecutionGrain
{
    public async IAsyncEnumerable<ExecutionEvent> RunAsync(
        ExecutionRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (var happened in host.ExecuteAsync(request, cancellationToken))
            {
                yield return happened;
            }
        }
        finally
        {
            DeactivateOnIdle();
        }
    }
}

using System.Runtime.CompilerServices;
using Orleans.Placement;
using Sandbox.Grains.Hosting;

namespace Sandbox.Grains.Execution;

/// <inheritdoc cref="IExecutionGrain"/>
/// <remarks>
/// The reader of an enumeration says at its end that it is done with it, which makes an activation of a grain that has gone already: a short
/// life for those.
/// </remarks>
[PreferLocalPlacement, CollectionAgeLimit(Minutes = 2)]
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

using System.Runtime.CompilerServices;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Executions;

/// <summary>The host of this silo's grains.</summary>
internal sealed class SandboxHost(WarmPool<OneOffSandbox> pool, TimeProvider time) : ISandboxHost
{
    /// <inheritdoc/>
    public HostReadiness Readiness => pool.Readiness;

    /// <inheritdoc/>
    public async IAsyncEnumerable<ExecutionEvent> ExecuteAsync(
        ExecutionRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var rental = await pool.RentAsync(cancellationToken);
        if (rental is not Rental<OneOffSandbox>.Granted granted)
        {
            yield return ((Rental<OneOffSandbox>.Refused)rental).Refusal;
            yield break;
        }

        try
        {
            yield return new ExecutionStarted();
            await using var run = new OneOffRun(granted.Sandbox, request, time.GetElapsedTime(asked), granted.Warm, time, cancellationToken);
            while (await run.NextAsync(cancellationToken) is { } output) yield return output;
            yield return run.Exit!;
        }
        finally
        {
            pool.Retire(granted.Sandbox);
        }
    }
}

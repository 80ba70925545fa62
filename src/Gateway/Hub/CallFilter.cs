using System.Collections.Frozen;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <summary>
/// Around every call of a connection: gives failures their form, and keeps places free for quick calls, so that a kill never queues behind
/// calls that wait for something.
/// </summary>
internal sealed class CallFilter(CallFailures failures) : IHubFilter
{
    /// <summary>Calls of one connection that may run at the same time; SignalR queues those beyond.</summary>
    public const int MostCalls = 256;

    /// <summary>How many of those may be such that wait for programs or containers.</summary>
    public const int MostSlowCalls = 192;

    private const string Slow = "slow-calls";

    private static readonly FrozenSet<string> s_slow = new[]
    {
        nameof(SandboxHub.CreateSandboxAsync), nameof(SandboxHub.DeleteSandboxAsync), nameof(SandboxHub.PauseSandboxAsync),
        nameof(SandboxHub.ResumeSandboxAsync), nameof(SandboxHub.StartProcessAsync), nameof(SandboxHub.WaitProcessAsync),
        nameof(SandboxHub.WriteInputAsync), nameof(SandboxHub.EndInputAsync), nameof(SandboxHub.AttachSandboxAsync),
        nameof(SandboxHub.CheckpointSandboxAsync), nameof(SandboxHub.SuspendSandboxAsync), nameof(SandboxHub.RestoreSandboxAsync),
        nameof(SandboxHub.RewindSandboxAsync), nameof(SandboxHub.ForkSandboxAsync), nameof(SandboxHub.DeleteCheckpointAsync),
        nameof(SandboxHub.ReadFileAsync), nameof(SandboxHub.WriteFileAsync), nameof(SandboxHub.ChangeFilesAsync),
        nameof(SandboxHub.CreateSnapshotAsync), nameof(SandboxHub.RenameSnapshotAsync), nameof(SandboxHub.DeleteSnapshotAsync),
        nameof(SandboxHub.WriteTemplateFilesAsync), nameof(SandboxHub.RemoveTemplateAsync),
    }.ToFrozenSet(StringComparer.Ordinal);

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var slow = s_slow.Contains(invocationContext.HubMethod.Name) ? Counter(invocationContext.Context) : null;
        try
        {
            if (slow is not null && slow.Increment() > MostSlowCalls)
            {
                throw new CallException(new CallError(
                    CallCode.Limit, $"{MostSlowCalls} calls of this connection are waiting. Let some end, or open another connection."));
            }

            return await next(invocationContext);
        }
        catch (Exception) when (invocationContext.Context.ConnectionAborted.IsCancellationRequested)
        {
            // Nobody is left to be told, and what failed may have failed because of that.
            throw new CallError(CallCode.Unavailable, "The connection has ended.").ToHubException();
        }
        catch (Exception e) when (e is not HubException)
        {
            throw failures.Explain(e, invocationContext.HubMethodName).ToHubException();
        }
        finally
        {
            slow?.Decrement();
        }
    }

    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        context.Context.Items[Slow] = new SlowCalls();
        context.Context.Items[typeof(ConnectionReaders)] = new ConnectionReaders();
        return next(context);
    }

    private static SlowCalls Counter(HubCallerContext context) => (SlowCalls)context.Items[Slow]!;

    private sealed class SlowCalls
    {
        private int _count;

        public int Increment() => Interlocked.Increment(ref _count);

        public void Decrement() => Interlocked.Decrement(ref _count);
    }
}

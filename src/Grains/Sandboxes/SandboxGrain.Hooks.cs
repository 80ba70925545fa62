using Microsoft.Extensions.Logging;
using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>The hooks of a sandbox that goes on from a checkpoint. Nobody waits for them.</content>
internal sealed partial class SandboxGrain
{
    private void RunHooks(bool forked)
    {
        // Sees its own failures.
        if (_live is { HasHooks: true } live) _ = RunHooksAsync(live, forked);
    }

    private async Task RunHooksAsync(ILiveSandbox live, bool forked)
    {
        var start = Hooks.Start(_record!.Epoch, forked);
        string? failure;
        try
        {
            failure = (await live.StartAsync(start, _ending.Token)).Error?.Message;
        }
        catch (Exception e)
        {
            LogHooksNotStarted(e, _key);
            failure = e.Message;
        }

        if (!ReferenceEquals(live, _live)) return;
        if (failure is not null) Append(Happened(SandboxEventType.HookFailed) with { ProcessId = start.Id, Reason = failure });
        LookAndArm();
    }

    [LoggerMessage(316, LogLevel.Error, "The hooks of {Sandbox} could not be started")]
    private partial void LogHooksNotStarted(Exception exception, string sandbox);
}

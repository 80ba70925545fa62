using Microsoft.Extensions.Options;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Hosting;

/// <summary>Lets go of the sandboxes that other hosts on the same store ask for: each is suspended, which releases it.</summary>
internal sealed partial class HandoffService(
    IServiceProvider services, IOptions<HoldingOptions> options, IHostApplicationLifetime lifetime, ILogger<HandoffService> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.SharedStore) return;
        var started = new TaskCompletionSource();
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        // Only now: they need the store, which is there once the machine is ready.
        var handoffs = services.GetRequiredService<Handoffs>();
        var grains = services.GetRequiredService<IGrainFactory>();
        await foreach (var request in services.GetRequiredService<HandoffWatch>().RequestsAsync(stoppingToken))
        {
            // One that takes long must not keep the others waiting. Sees its own failures.
            _ = LetGoAsync(request, handoffs, grains);
        }
    }

    private async Task LetGoAsync(HandoffRequest request, Handoffs handoffs, IGrainFactory grains)
    {
        try
        {
            FaultPoints.Reach(FaultPoint.HandoffSeen);
            var suspended = await grains.GetGrain<ISandboxGrain>(request.Key.ToString()).HandOverAsync();
            if (suspended.Error is { } error) LogRefused(request.Key.ToString(), request.By.Host, error.Message);
            else LogLetGo(request.Key.ToString(), request.By.Host);
            FaultPoints.Reach(FaultPoint.HandoffLetGo);

            // Whoever still wants it asks again.
            await handoffs.RemoveAsync(request);
        }
        catch (Exception e)
        {
            LogFailed(e, request.Key.ToString(), request.By.Host);
        }
    }

    [LoggerMessage(230, LogLevel.Information, "Let {Sandbox} go, which host {By} asks for")]
    private partial void LogLetGo(string sandbox, string by);

    [LoggerMessage(231, LogLevel.Warning, "{Sandbox} was not let go, which host {By} asks for: {Reason}")]
    private partial void LogRefused(string sandbox, string by, string reason);

    [LoggerMessage(232, LogLevel.Error, "{Sandbox} could not be let go, which host {By} asks for")]
    private partial void LogFailed(Exception exception, string sandbox, string by);
}

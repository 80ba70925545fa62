using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Starts the engine with the host, looks for idle activations, and ends all of them when the host stops.</summary>
internal sealed class EngineService(Engine engine) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        engine.Classes.Load();
        engine.Start();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        engine.Stop();
        await engine.Activations.EndAllAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(engine.Collection.CollectionQuantum, engine.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) engine.Activations.Collect();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}

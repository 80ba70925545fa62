using Microsoft.Extensions.Options;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Executions;

/// <summary>Keeps <see cref="PoolOptions.Created"/> containers of the usual size created, for checkpoints to be restored into.</summary>
internal sealed partial class CreatedContainers : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger<CreatedContainers> _logger;
    private readonly Standby<CreatedContainer>[] _standbys;
    private Task _keeping = Task.CompletedTask;

    public CreatedContainers(
        WarmPool<StartedSandbox> pool, SandboxFactory factory, IOptions<PoolOptions> options, TimeProvider time, ILogger<CreatedContainers> logger)
    {
        _logger = logger;
        _standbys =
        [
            .. Enumerable.Range(0, options.Value.Created).Select(_ => new Standby<CreatedContainer>(
                pool, token => factory.CreateAsync(root: null, token), container => container.Ended, time,
                (error, pause) => LogNotCreated(error is SandboxStartException ? null : error, error.Message, pause.TotalMilliseconds))),
        ];
    }

    /// <summary>How many are ready.</summary>
    public int Ready => _standbys.Count(standby => standby.IsReady);

    /// <summary>Begins to keep them. Once.</summary>
    public void Fill() => _keeping = Task.WhenAll(_standbys.Select(standby => Task.Run(() => standby.KeepAsync(_stopping.Token))));

    /// <summary>One that is as a container of this specification would be, or null. It is the caller's then, who was admitted by the pool.</summary>
    public CreatedContainer? TryTake(ContainerSpec spec) =>
        _standbys.Select(standby => standby.TryTake(container => Fits(container, spec))).FirstOrDefault(container => container is not null);

    /// <summary>Whether a container is as one of a specification would be.</summary>
    public static bool Fits(CreatedContainer container, ContainerSpec spec) =>
        container.Spec.Limits == spec.Limits && container.Spec.RestoreKey == spec.RestoreKey;

    /// <summary>Keeps none any more, and removes those that there are.</summary>
    public async Task StopAsync()
    {
        if (!_stopping.IsCancellationRequested) await _stopping.CancelAsync();
        await _keeping;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    // A sandbox wakes without one too, only later.
    [LoggerMessage(110, LogLevel.Warning, "A container could not be created ahead, the next try is in {Pause} ms: {Message}")]
    private partial void LogNotCreated(Exception? error, string message, double pause);
}

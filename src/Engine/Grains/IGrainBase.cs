using Orleans.Runtime;

namespace Orleans;

/// <summary>What a grain class is to the engine. <see cref="Grain"/> implements it.</summary>
public interface IGrainBase
{
    /// <summary>The activation that this object is in.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs after the state was read and before the first call. When it throws, the waiting callers get the exception.</summary>
    /// <param name="token">Fires after <c>GrainCollectionOptions.ActivationTimeout</c>.</param>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs when the activation ends, after its last call. What it throws is logged and otherwise ignored.</summary>
    /// <param name="reason">Why it ends.</param>
    /// <param name="token">Fires after <c>GrainCollectionOptions.DeactivationTimeout</c>.</param>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}

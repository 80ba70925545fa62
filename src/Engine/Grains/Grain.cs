using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>The base of grain classes. Only the engine may create one; take services through the constructor.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private readonly Activation _activation;

    /// <summary>Called by the engine, within the activation.</summary>
    /// <exception cref="InvalidOperationException">The grain was created by something else than the engine.</exception>
    protected Grain() => _activation = Activation.Current
        ?? throw new InvalidOperationException(
            $"{GetType()} was created outside the engine. Get a reference with IGrainFactory.GetGrain and call that.");

    /// <inheritdoc/>
    public IGrainContext GrainContext => _activation;

    /// <summary>A reference to this grain, to hand to others; never hand out <c>this</c>.</summary>
    public GrainReference GrainReference => _activation.GrainReference;

    /// <summary>Type and key, for logs.</summary>
    public string IdentityString => _activation.GrainId.ToString();

    /// <summary>References to other grains.</summary>
    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>The services of this activation: a scope that ends with it.</summary>
    protected internal IServiceProvider ServiceProvider => _activation.ActivationServices;

    /// <summary>Ends this activation once its running calls are done. Later calls get a new one.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps idleness from ending this activation.</summary>
    /// <param name="timeSpan">
    /// For how long from now; <see cref="Timeout.InfiniteTimeSpan"/> for ever; zero or less takes an earlier delay back.
    /// </param>
    protected void DelayDeactivation(TimeSpan timeSpan) => _activation.DelayDeactivation(timeSpan);

    /// <inheritdoc cref="IGrainBase.OnActivateAsync"/>
    /// <param name="cancellationToken">Fires after <c>GrainCollectionOptions.ActivationTimeout</c>.</param>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="IGrainBase.OnDeactivateAsync"/>
    /// <param name="reason">Why it ends.</param>
    /// <param name="cancellationToken">Fires after <c>GrainCollectionOptions.DeactivationTimeout</c>.</param>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
}

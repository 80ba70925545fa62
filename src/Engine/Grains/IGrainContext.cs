namespace Orleans.Runtime;

/// <summary>One activation of a grain, as the grain itself sees it.</summary>
public interface IGrainContext
{
    /// <summary>A reference to this grain.</summary>
    GrainReference GrainReference { get; }

    /// <summary>The grain's type and key.</summary>
    GrainId GrainId { get; }

    /// <summary>The grain object; null before it was created.</summary>
    object? GrainInstance { get; }

    /// <summary>The services of this activation: a scope that ends with it.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Completes when the activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Ends the activation once its running calls are done. A second call changes nothing.</summary>
    /// <param name="deactivationReason">Why.</param>
    /// <param name="cancellationToken">Handed on to <c>OnDeactivateAsync</c>, to make it hurry.</param>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}

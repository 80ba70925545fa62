namespace Orleans.Runtime;

/// <summary>Where an activation is found, until it ends.</summary>
internal interface IActivationOwner
{
    void Remove(Activation activation);
}

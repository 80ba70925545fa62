namespace Orleans.Runtime;

/// <summary>A step of an enumeration: runs between the turns of calls, in the activation that the enumeration is in.</summary>
internal sealed class EnumerationCall<TResult>(
    GrainId target, string name, Func<Activation, ValueTask<TResult>> step, TResult gone, bool restarts)
    : GrainCall<TResult>(target, name)
{
    /// <summary>Sends it to the activation that the enumeration runs in.</summary>
    public void SendTo(Activation activation)
    {
        if (!activation.TryEnqueue(this)) OnActivationEnded(activation);
    }

    public override void OnActivationEnded(Activation activation)
    {
        if (restarts) base.OnActivationEnded(activation);
        else Succeed(gone);
    }

    protected override ValueTask<TResult> InvokeAsync(Activation activation, CancellationToken cancellationToken) => step(activation);
}

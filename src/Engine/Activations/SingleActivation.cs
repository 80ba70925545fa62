namespace Orleans.Runtime;

/// <summary>The usual target: a grain with one activation.</summary>
internal sealed class SingleActivation : IRequestTarget, IActivationOwner
{
    private readonly ActivationTable _table;
    private readonly Activation _activation;

    public SingleActivation(ActivationTable table, Engine engine, GrainClass grainClass, GrainId grainId)
    {
        _table = table;
        _activation = new Activation(engine, grainClass, grainId, this);
    }

    public IEnumerable<Activation> Activations => [_activation];

    public bool TryEnqueue(Request request) => _activation.TryEnqueue(request);

    public void Remove(Activation activation) => _table.Remove(activation.GrainId, this);
}

namespace Orleans.Runtime;

/// <summary>One thing for an activation to do: a call, a step of an enumeration, a timer's tick.</summary>
internal abstract class Request(GrainId target)
{
    // As many activations of the target may end before the call runs; more means a grain that ends itself while it begins.
    private const int MaxForwards = 5;

    private int _forwards;

    public GrainId Target { get; } = target;

    /// <summary>May run between the turns of others.</summary>
    public bool Interleave { get; init; }

    /// <summary>May run between the turns of others that are read-only too.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Counts as use of the activation.</summary>
    public bool KeepsAlive { get; init; } = true;

    /// <summary>Comes from the engine, and so does not count against the limit of waiting calls.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Set by the queue: it was started as one that interleaves.</summary>
    public bool Interleaved { get; set; }

    /// <summary>Nobody waits for the outcome any more.</summary>
    public abstract bool IsCompleted { get; }

    /// <summary>Runs within a turn of the activation. Never throws.</summary>
    public abstract ValueTask RunAsync(Activation activation);

    /// <summary>Reports a failure to whoever waits.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>The activation ended before this ran.</summary>
    public virtual void OnActivationEnded(Activation activation)
    {
        if (++_forwards > MaxForwards)
        {
            Fail(new OrleansMessageRejectionException(
                $"{Target} ended {MaxForwards} times before {this} could run. Does it deactivate itself while it activates?"));
            return;
        }

        try
        {
            activation.Engine.Activations.Dispatch(this);
        }
        catch (SiloUnavailableException exception)
        {
            Fail(exception);
        }
    }
}

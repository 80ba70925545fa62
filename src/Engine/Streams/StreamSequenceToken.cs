namespace Orleans.Streams;

/// <summary>A place in a stream.</summary>
public abstract class StreamSequenceToken
{
    /// <summary>The number of the item in its stream.</summary>
    public abstract long SequenceNumber { get; protected set; }

    /// <summary>The number within a batch.</summary>
    public abstract int EventIndex { get; protected set; }
}

namespace Sandboxes;

/// <summary>An output log of a process.</summary>
public sealed record ChannelInfo
{
    /// <summary><c>stdout</c>, <c>stderr</c> or <c>terminal</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it carries.</summary>
    public string Mime { get; init; } = "";

    /// <summary>The first byte that can still be read.</summary>
    public long Start { get; init; }

    /// <summary>How many bytes were written so far.</summary>
    public long Offset { get; init; }

    /// <summary>The same, once no more will come.</summary>
    public long? End { get; init; }
}

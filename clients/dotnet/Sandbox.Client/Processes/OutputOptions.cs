namespace Sandboxes;

/// <summary>From where and how an output log is read.</summary>
public sealed record OutputOptions
{
    /// <summary>The first byte wanted.</summary>
    public long Offset { get; init; }

    /// <summary>The history that <see cref="Offset"/> belongs to. Left out: the present one.</summary>
    public long? Timeline { get; init; }

    /// <summary>Whether to wait for what is still to come.</summary>
    public bool Follow { get; init; } = true;

    /// <summary>Called instead of failing a read with <see cref="OutputGapException"/>.</summary>
    public Action<OutputDiscontinuity>? OnDiscontinuity { get; init; }
}

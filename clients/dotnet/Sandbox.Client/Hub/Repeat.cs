namespace Sandboxes.Hub;

/// <summary>What to do with a call whose answer was lost with the connection.</summary>
internal enum Repeat
{
    /// <summary>Ask again: the call has an id or an offset, or does no harm twice.</summary>
    Safe,

    /// <summary>Say that its outcome is unknown.</summary>
    Never,
}

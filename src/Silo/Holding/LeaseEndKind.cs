namespace Sandbox.Silo.Holding;

/// <summary>How a lease ended. All but <see cref="Released"/> are a loss.</summary>
internal enum LeaseEndKind
{
    /// <summary>Its holder let it go: anyone may take it at once.</summary>
    Released,

    /// <summary>Another generation was met that is not one's own.</summary>
    Taken,

    /// <summary>The head was removed.</summary>
    Gone,

    /// <summary>Its time ran out by the holder's clock.</summary>
    Expired,

    /// <summary>Its holder stopped renewing it, and left it to run out.</summary>
    Abandoned,
}

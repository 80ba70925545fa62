namespace Sandbox.Silo.Faults;

/// <summary>What a store of blobs does instead of what it is asked for.</summary>
internal enum StoreFault
{
    /// <summary>Nothing else.</summary>
    None,

    /// <summary>It does not answer. What it was asked meanwhile it does when it answers again, unless that was given up.</summary>
    Hangs,

    /// <summary>Every call fails, as with a broken disk.</summary>
    Fails,

    /// <summary>Every write fails for want of room.</summary>
    Full,
}

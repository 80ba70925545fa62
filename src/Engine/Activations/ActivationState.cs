namespace Orleans.Runtime;

/// <summary>The stages of an activation, in this order; some may be skipped.</summary>
internal enum ActivationState
{
    /// <summary>Nothing but a place in the table and a queue.</summary>
    Creating,

    /// <summary>The grain is being created, its state read, <c>OnActivateAsync</c> run.</summary>
    Activating,

    /// <summary>Calls run.</summary>
    Valid,

    /// <summary>No further call starts; running ones finish, then <c>OnDeactivateAsync</c> runs.</summary>
    Deactivating,

    /// <summary>Out of the table; takes nothing.</summary>
    Ended,
}

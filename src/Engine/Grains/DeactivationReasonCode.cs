namespace Orleans;

/// <summary>The kinds of reasons for which an activation ends. This engine gives only some of them.</summary>
[GenerateSerializer]
public enum DeactivationReasonCode : byte
{
    /// <summary>Not said.</summary>
    None,

    /// <summary>The host stops.</summary>
    ShuttingDown,

    /// <summary>The grain could not be created, or its <c>OnActivateAsync</c> threw.</summary>
    ActivationFailed,

    /// <summary>Not on this engine: it has no directory.</summary>
    DirectoryFailure,

    /// <summary>No call came for the collection age.</summary>
    ActivationIdle,

    /// <summary>Not on this engine.</summary>
    ActivationUnresponsive,

    /// <summary>Not on this engine: it has one host.</summary>
    DuplicateActivation,

    /// <summary>Not on this engine.</summary>
    IncompatibleRequest,

    /// <summary>A call failed such that the activation's state cannot be trusted.</summary>
    ApplicationError,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested,

    /// <summary>Not on this engine: it has one host.</summary>
    Migrating,

    /// <summary>The engine decided so.</summary>
    RuntimeRequested,

    /// <summary>Not on this engine.</summary>
    HighMemoryPressure,
}

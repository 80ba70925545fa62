namespace Sandbox.Grains.Execution;

/// <summary>Why an execution was not started.</summary>
[GenerateSerializer, Alias("refusal-reason")]
public enum RefusalReason
{
    /// <summary>No sandbox became free within the host's wait.</summary>
    Overloaded = 0,

    /// <summary>The host is stopping.</summary>
    Stopping = 1,

    /// <summary>The host cannot start sandboxes at all; the message says why.</summary>
    Unavailable = 2,

    /// <summary>The request cannot be carried out as it stands.</summary>
    Invalid = 3,
}

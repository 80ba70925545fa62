namespace Sandboxes;

/// <summary>Whom programs run as.</summary>
public enum SandboxUser
{
    /// <summary>One that this library does not know.</summary>
    Unknown,

    /// <summary>An ordinary user without capabilities.</summary>
    User,

    /// <summary>Root of the sandbox, with what installing packages takes.</summary>
    Root,
}

using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>Whom programs run as.</summary>
[JsonConverter(typeof(WordConverter<SandboxUser>))]
public enum SandboxUser
{
    /// <summary>One that this library does not know.</summary>
    Unknown,

    /// <summary>An ordinary user without capabilities.</summary>
    User,

    /// <summary>Root of the sandbox, with what installing packages takes.</summary>
    Root,
}

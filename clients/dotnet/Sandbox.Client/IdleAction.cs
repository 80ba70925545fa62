using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>What happens when nobody has used a sandbox for its idle timeout.</summary>
[JsonConverter(typeof(WordConverter<IdleAction>))]
public enum IdleAction
{
    /// <summary>One that this library does not know.</summary>
    Unknown,

    /// <summary>It is deleted.</summary>
    Delete,

    /// <summary>It is put to storage with its programs, until the next call on it.</summary>
    Suspend,
}

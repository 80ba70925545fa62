using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>What happens when a program's output log (64 MiB a channel by default) is full.</summary>
[JsonConverter(typeof(WordConverter<FullLogPolicy>))]
public enum FullLogPolicy
{
    /// <summary>One that this library does not know.</summary>
    Unknown,

    /// <summary>The oldest bytes are forgotten; who has not read them gets a gap.</summary>
    DropOldest,

    /// <summary>The program waits for its readers.</summary>
    Block,
}

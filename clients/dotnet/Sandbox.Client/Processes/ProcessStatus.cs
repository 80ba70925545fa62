using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>Whether a program runs.</summary>
[JsonConverter(typeof(WordConverter<ProcessStatus>))]
public enum ProcessStatus
{
    /// <summary>A status that this library does not know.</summary>
    Unknown,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has ended.</summary>
    Exited,
}

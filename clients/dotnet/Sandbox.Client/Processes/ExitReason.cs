using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>Why a program ended.</summary>
[JsonConverter(typeof(WordConverter<ExitReason>))]
public enum ExitReason
{
    /// <summary>A reason that this library does not know.</summary>
    Unknown,

    /// <summary>By itself, with a code.</summary>
    Exited,

    /// <summary>By a signal.</summary>
    Killed,

    /// <summary>It ran longer than its time limit.</summary>
    Timeout,

    /// <summary>The sandbox had no memory left.</summary>
    OutOfMemory,

    /// <summary>The sandbox ended, and the program with it.</summary>
    SandboxEnded,
}

using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>Where a sandbox is in its life.</summary>
[JsonConverter(typeof(WordConverter<SandboxStatus>))]
public enum SandboxStatus
{
    /// <summary>A status that this library does not know.</summary>
    Unknown,

    /// <summary>It is being made.</summary>
    Creating,

    /// <summary>Programs can run.</summary>
    Running,

    /// <summary>Everything in it stands still.</summary>
    Paused,

    /// <summary>It is being put to sleep.</summary>
    Suspending,

    /// <summary>It sleeps in storage.</summary>
    Suspended,

    /// <summary>It is being woken.</summary>
    Restoring,

    /// <summary>It is being deleted.</summary>
    Deleting,

    /// <summary>It is no more.</summary>
    Deleted,

    /// <summary>It cannot go on; <see cref="SandboxInfo.Reason"/> says why.</summary>
    Failed,
}

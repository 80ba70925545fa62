using System.Collections.Immutable;

namespace Sandbox.Silo.Runsc;

/// <summary>The global flags. The same on every call for a container, for its whole life.</summary>
internal static class RunscFlags
{
    /// <summary>The flags, each as one argument.</summary>
    /// <param name="root">Where runsc keeps the state of containers; names the server in a command line.</param>
    /// <param name="platform">How system calls are caught.</param>
    /// <param name="hostNetwork">Whether the container has the host's network.</param>
    public static ImmutableArray<string> For(string root, RunscPlatform platform, bool hostNetwork = false) =>
    [
        $"--root={root}",
        platform == RunscPlatform.Ptrace ? "--platform=ptrace" : "--platform=systrap",
        // Networks go through the link; a real one could not be checkpointed, and only builds of templates that ask for it and are allowed it have one.
        hostNetwork ? "--network=host" : "--network=none",
        // The root is read-only and what is written lies in the guest's own tmpfs.
        "--overlay2=none",
        // The host makes the cgroups itself: it can do so for v1 and v2 alike and without runsc's cost.
        "--ignore-cgroups",
    ];
}

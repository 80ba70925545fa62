namespace Sandbox.Silo.Runsc;

/// <summary>Which runsc starts containers, and how it runs them. Section <c>Runsc</c>.</summary>
public sealed class RunscOptions
{
    /// <summary>Its path; empty to look in PATH and the usual directories.</summary>
    public string Path { get; set; } = "";

    /// <summary>How gVisor intercepts system calls: <c>Ptrace</c> or <c>Systrap</c>.</summary>
    public RunscPlatform Platform { get; set; } = RunscPlatform.Ptrace;

    /// <summary>
    /// Further versions of runsc, for checkpoints that were made by them: paths, separated by <c>:</c>, of executables or of directories that hold them (as
    /// <c>DIR/runsc*</c> or <c>DIR/VERSION/runsc</c>). New sandboxes never start with them.
    /// </summary>
    public string Others { get; set; } = "";

    /// <summary>
    /// Processor features that guests may see at most, separated by commas: the fleet's common ones, so that a checkpoint restores on any host of it. Names as
    /// <c>runsc cpu-features</c> prints them; needs runsc 20250820 or later. Empty: all that this host has.
    /// </summary>
    public string CpuFeatures { get; set; } = "";
}

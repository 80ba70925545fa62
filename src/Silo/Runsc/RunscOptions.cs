namespace Sandbox.Silo.Runsc;

/// <summary>Which runsc starts containers, and how it runs them. Section <c>Runsc</c>.</summary>
public sealed class RunscOptions
{
    /// <summary>Its path; empty to look in PATH and the usual directories.</summary>
    public string Path { get; set; } = "";

    /// <summary>How gVisor intercepts system calls: <c>Ptrace</c> or <c>Systrap</c>.</summary>
    public RunscPlatform Platform { get; set; } = RunscPlatform.Ptrace;
}

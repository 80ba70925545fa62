using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;

namespace Sandbox.Silo.Hosting;

/// <summary>What starting and keeping a sandbox needs of a machine.</summary>
internal interface ISandboxMachine
{
    /// <summary>What starts containers.</summary>
    ContainerRuntime Containers { get; }

    /// <summary>The template that sandboxes start from, as an image.</summary>
    RootImage Base { get; }

    /// <summary>Where output that does not fit into memory is kept: this server's alone, and empty when it starts.</summary>
    string OutputDirectory { get; }
}

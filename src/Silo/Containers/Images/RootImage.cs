namespace Sandbox.Silo.Containers.Images;

/// <summary>
/// A container's root filesystem as one file: the agent, its mount points, and the lowest layer at <see cref="LayerPath"/>. gVisor maps it and needs no
/// gofer for it. Made by <see cref="RootImages"/>.
/// </summary>
/// <param name="File">Absolute path on the host.</param>
internal sealed record RootImage(string File)
{
    /// <summary>Names the agent in it: half of what a checkpoint must record to find the same image again, beside the layer's key.</summary>
    public string AgentDigest { get; init; } = "";

    /// <summary>Where the layer is seen in the container.</summary>
    public const string LayerPath = "/l/base";
}

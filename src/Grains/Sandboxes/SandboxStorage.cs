namespace Sandbox.Grains.Sandboxes;

/// <summary>What the host has to provide for the grains of sandboxes.</summary>
public static class SandboxStorage
{
    /// <summary>The name of the grain storage that keeps their records.</summary>
    public const string Name = "sandboxes";
}

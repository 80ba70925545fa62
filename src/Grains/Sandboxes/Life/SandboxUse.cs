namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>What calls need of a sandbox.</summary>
internal enum SandboxUse
{
    /// <summary>Looks at what is there: its processes, their output, its figures.</summary>
    Look,

    /// <summary>Reaches into it, which needs that it is not frozen: starts, signals, input.</summary>
    Reach,
}

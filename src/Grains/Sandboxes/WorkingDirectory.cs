using Sandbox.Grains.Sandboxes.Lists;

namespace Sandbox.Grains.Sandboxes;

/// <summary>Where the programs of a sandbox start: an absolute path that lists of sandboxes can show.</summary>
public static class WorkingDirectory
{
    /// <summary>What it may have at most, in bytes, where each character that is not ASCII counts as its JSON escape (<c>\uXXXX</c>).</summary>
    public const int MostBytes = 256;

    /// <summary>Whether it is short enough.</summary>
    /// <param name="path">The path.</param>
    public static bool Fits(string path) => SandboxMetadata.SizeOf(path) <= MostBytes;
}

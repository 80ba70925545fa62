using System.Collections.Immutable;
using System.Globalization;
using Sandbox.Silo.Containers.Images;

namespace Sandbox.Silo.Containers;

/// <summary>
/// The root filesystem of every container: a small read-only directory of the product's own with the guest agent and mount points. What
/// programs see is mounted by the agent, inside the guest.
/// </summary>
internal sealed class AgentRoot
{
    /// <summary>Layers that a sandbox may have at most; each has its mount point /l/0, /l/1, ...</summary>
    public const int MaximumLayers = 64;

    /// <summary>Path of the agent inside the container.</summary>
    public const string AgentPath = "/agent";

    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly ImmutableArray<string> _mountPoints = ["proc", "dev", "sys", "tmp", "mnt", "l"];

    private static IEnumerable<string> LayerNames => Enumerable.Range(0, MaximumLayers).Select(i => i.ToString(CultureInfo.InvariantCulture));

    private AgentRoot(string directory) => Directory = directory;

    /// <summary>Absolute path of the directory on the host.</summary>
    public string Directory { get; }

    /// <summary>Where layer <paramref name="index"/> is seen in the container.</summary>
    public static string LayerPath(int index) => $"/l/{index}";

    /// <summary>
    /// Makes the directory, or completes it. The agent is put in place by a rename, so that containers that run from an older one are not disturbed.
    /// </summary>
    /// <param name="directory">Where; the parent must exist.</param>
    /// <param name="agent">The agent's static executable on the host.</param>
    /// <exception cref="FileNotFoundException">There is no agent there.</exception>
    public static AgentRoot Prepare(string directory, string agent)
    {
        if (!File.Exists(agent))
            throw new FileNotFoundException($"The guest agent was not found at {agent}. Build it: `./sandbox setup`, or `make -C src/Guest`.", agent);

        directory = Path.GetFullPath(directory);
        System.IO.Directory.CreateDirectory(directory, DirectoryMode);
        foreach (var mountPoint in _mountPoints.Concat(LayerNames.Select(name => "l/" + name)))
            System.IO.Directory.CreateDirectory(Path.Combine(directory, mountPoint), DirectoryMode);

        var target = directory + AgentPath;
        var temporary = target + ".new";
        File.Copy(agent, temporary, overwrite: true);
        File.SetUnixFileMode(temporary, DirectoryMode & ~UnixFileMode.UserWrite);
        File.Move(temporary, target, overwrite: true);
        return new AgentRoot(directory);
    }

    /// <summary>The same as an image, with a layer in it.</summary>
    /// <param name="agent">The agent's static executable on the host.</param>
    /// <param name="layer">What is seen at <see cref="RootImage.LayerPath"/>.</param>
    public static ImageFile AsImage(string agent, ImageFile layer)
    {
        var root = ImageFile.Directory().Add(AgentPath[1..], ImageFile.Program(agent));
        foreach (var mountPoint in _mountPoints.Where(mountPoint => mountPoint != "l"))
            root.Add(mountPoint, ImageFile.Directory());

        var layers = ImageFile.Directory().Add(Path.GetFileName(RootImage.LayerPath), layer);
        foreach (var name in LayerNames)
            layers.Add(name, ImageFile.Directory());
        return root.Add("l", layers);
    }
}

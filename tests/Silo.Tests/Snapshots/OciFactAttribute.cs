using System.Runtime.CompilerServices;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>A test with Debian's tools for OCI images, which a machine without them skips.</summary>
public sealed class OciFactAttribute : FactAttribute
{
    public OciFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Timeout = 120_000;
        Skip = "skopeo, umoci, docker-registry, setfattr or busybox-static is not installed.";
        SkipType = typeof(OciFactAttribute);
        SkipWhen = nameof(Missing);
    }

    /// <summary>Whether a tool is missing.</summary>
    public static bool Missing => ((string[])["bin/skopeo", "bin/umoci", "bin/docker-registry", "bin/setfattr", "share/doc/busybox-static"]).Any(tool => !Path.Exists("/usr/" + tool));
}

using System.CommandLine;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Files;

/// <summary>The OCI image that a command takes.</summary>
internal static class OciFile
{
    public static Argument<string> Argument() => new("file") { Description = "A tar of an OCI image layout (skopeo copy ... oci-archive:FILE); - for standard input." };

    /// <exception cref="UsageException">There is no such file.</exception>
    public static Stream Open(string path) => path == "-" ? StandardStream.Input
        : File.Exists(path) ? File.OpenRead(path)
        : throw new UsageException($"There is no file {path}.");
}

using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>The template that SANDBOX_TEST_ROOTFS names with the agent of SANDBOX_TEST_AGENT, made into an image when the first test asks for it.</summary>
public sealed class LiveTemplate : IDisposable
{
    /// <summary>What the template's layer is called in tests.</summary>
    internal static LayerDescriptor Layer { get; } = new(LayerDigest.OfText("template"), LayerDigest.OfText("template diff"), 1, 1);

    /// <summary>Where the image is.</summary>
    internal string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("sandbox-silo-image-").FullName;

    public static string? Rootfs { get; } = Environment.GetEnvironmentVariable("SANDBOX_TEST_ROOTFS");

    public static string? Agent { get; } = Environment.GetEnvironmentVariable("SANDBOX_TEST_AGENT");

    /// <summary>For tests to be skipped where the environment lacks a template or an agent.</summary>
    public static bool Missing => Rootfs is null || Agent is null;

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    internal async Task<RootImage> ImageAsync()
    {
        using var images = new RootImages(Directory, Agent!);
        return await images.GetAsync(Layer.Digest.Hex, Rootfs!, TestContext.Current.CancellationToken);
    }
}

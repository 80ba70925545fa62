using Sandbox.Silo.Containers.Images;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>The template that SANDBOX_TEST_ROOTFS names with the agent of SANDBOX_TEST_AGENT, made into an image when the first test asks for it.</summary>
public sealed class LiveTemplate : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-silo-image-").FullName;

    public static string? Rootfs { get; } = Environment.GetEnvironmentVariable("SANDBOX_TEST_ROOTFS");

    public static string? Agent { get; } = Environment.GetEnvironmentVariable("SANDBOX_TEST_AGENT");

    /// <summary>For tests to be skipped where the environment lacks a template or an agent.</summary>
    public static bool Missing => Rootfs is null || Agent is null;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    internal async Task<RootImage> ImageAsync()
    {
        using var images = new RootImages(_directory, Agent!);
        return await images.GetAsync("base", Rootfs!, TestContext.Current.CancellationToken);
    }
}

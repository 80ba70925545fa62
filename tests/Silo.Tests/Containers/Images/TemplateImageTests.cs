using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Languages;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Containers.Images;

/// <summary>The real template as an image, with the real agent on it: the set-up names both in the environment.</summary>
[Collection("runsc")]
public sealed class TemplateImageTests(TestBinaries binaries)
{
    private static readonly string? _rootfs = Environment.GetEnvironmentVariable("SANDBOX_TEST_ROOTFS");
    private static readonly string? _agent = Environment.GetEnvironmentVariable("SANDBOX_TEST_AGENT");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Programs_run_from_an_image_and_change_replace_and_delete_its_files()
    {
        Assert.SkipWhen(_rootfs is null || _agent is null, "The set-up names no template and agent; `./sandbox test` does.");
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { AgentFile = _agent });
        using var images = new RootImages(server.Directories.Images, _agent);
        var spec = new ContainerSpec { Base = await images.GetAsync("template", _rootfs, Cancellation) };
        await using var container = server.Runtime.Start(spec);
        await using var link = await GuestLink.ConnectAsync(
            container.ToGuest, container.FromGuest,
            new GuestConfiguration { Hostname = "sandbox", Lower = spec.LowerPaths, DiskBytes = 64 << 20, MemoryBytes = 0, Processes = 256, OpenFiles = 1024 },
            new GuestLinkOptions(), TimeProvider.System, NullLogger<GuestLink>.Instance, Cancellation);

        const string Script = """
            set -e
            python3 -c 'import json, numpy; print(json.dumps(int(numpy.arange(5).sum())))'
            cp /etc/passwd /tmp/before; echo more >> /etc/passwd; tail -n 1 /etc/passwd; head -n 1 /etc/passwd
            rm /etc/hostname 2>/dev/null || true; rm /etc/os-release; ls /etc/os-release 2>/dev/null || echo gone
            rm -r /usr/share/doc; mkdir /usr/share/doc; ls /usr/share/doc | wc -l
            mv /etc/apt /etc/apt2; ls -d /etc/apt2
            stat -c '%a' /usr/bin/passwd
            """;
        var started = await link.StartAsync(
            new ProcessStart
            {
                Id = "script",
                Arguments = ["bash", "-c", Script],
                Environment = Guest.EnvironmentWith(new Dictionary<string, string>()),
                Directory = "/",
                Uid = 0,
                Gid = 0,
            },
            Cancellation);
        var output = new StringBuilder();
        await foreach (var chunk in started.Process!.ReadOutputAsync(cancellationToken: Cancellation))
            output.Append(Encoding.UTF8.GetString(chunk.Data));

        Assert.Equal("10\nmore\nroot:x:0:0:root:/root:/bin/bash\ngone\n0\n/etc/apt2\n4755\n", output.ToString());
        Assert.Equal(0, (await started.Process.Exited).Code);
    }
}

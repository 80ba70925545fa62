using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>What the Dockerfile's steps run, on a plain Debian, since an image cannot be built everywhere.</summary>
public sealed class ImageTests
{
    private const string Steps = "/usr/local/lib/sandbox";
    private static readonly string[] _scripts = ["system.sh", "runsc.sh", "template.sh"];
    private static readonly (string From, string To)[] _binds =
    [
        (Path.Combine(SetUp.Repository, "deploy", "image"), Steps),
        (Path.GetDirectoryName(SetUp.ServerAssembly)!, "/app"),
        (Path.GetDirectoryName(Environment.ProcessPath)!, "/usr/share/dotnet"),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What each step of the Dockerfile runs: the build's two, then the scripts.</summary>
    private static readonly string[] _runs =
    [
        .. File.ReadLines(Path.Combine(SetUp.Repository, "Dockerfile")).Where(line => line.StartsWith("RUN ", StringComparison.Ordinal)).Select(line => line[4..]),
    ];

    [Fact]
    public void The_image_runs_every_script_and_nothing_else_but_the_build() => Assert.Equal(
        ["apt-get", "dotnet", .. _scripts.Select(script => $"{Steps}/{script}")], _runs.Select(run => run.Split(' ')[0]));

    [Fact(Timeout = 300_000)]
    public async Task What_is_published_has_the_guests_programs_and_the_engine_that_was_chosen()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-publish-");
        try
        {
            var publish = _runs[1].Split(' ');
            Assert.Contains("-p:GrainEngine=orleans", publish);
            var engine = Environment.GetEnvironmentVariable("GrainEngine") ?? "orleans";

            // What the tests were built of, which took minutes.
            string[] here = [.. publish.Select(word => word == "/app" ? folder.FullName : word == "-p:GrainEngine=orleans" ? $"-p:GrainEngine={engine}" : word), "--no-build"];
            await Tool.RunAsync(SetUp.Repository, 200, new Dictionary<string, string?>(), here);
            foreach (var file in new[] { "Sandbox.Silo.dll", "guest/agent", "guest/launch" }) Assert.True(File.Exists(Path.Combine(folder.FullName, file)), file);
            Assert.Equal(engine == "orleans", File.Exists(Path.Combine(folder.FullName, "Orleans.Runtime.dll")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact(Timeout = 600_000)]
    public async Task Every_script_makes_of_plain_Debian_what_the_server_runs_on()
    {
        using var debian = await PlainDebian.BuildAsync();
        var (code, output) = await debian.RunAsync(180, _binds, $"{Steps}/{_scripts[0]}");
        Assert.True(code == 0, output);
        foreach (var program in new[] { "tini", "curl", "mmdebstrap", "zstd" }) Assert.True(File.Exists($"{debian.Root}/usr/bin/{program}"), program);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode($"{debian.Root}/var/lib/sandbox"));
        Assert.Contains("sandbox:x:10001:10001::/nonexistent:/usr/sbin/nologin", await File.ReadAllLinesAsync($"{debian.Root}/etc/passwd", Cancel));

        await RunscIsInstalledAsItsChecksumSaysAsync(debian);

        // Of the stage that builds.
        (code, output) = await debian.RunAsync(180, [], "sh", "-c", _runs[0]);
        Assert.True(code == 0, output);
        foreach (var program in new[] { "gcc", "make" }) Assert.True(File.Exists($"{debian.Root}/usr/bin/{program}"), program);

        (code, output) = await debian.RunAsync(300, _binds, $"{Steps}/{_scripts[2]}");
        Assert.True(code == 0, output);
        Assert.NotEmpty(Directory.EnumerateFiles($"{debian.Root}/var/lib/sandbox/blobs/names/templates"));
    }

    private static string Installed(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, program)).First(File.Exists);

    private static async Task RunscIsInstalledAsItsChecksumSaysAsync(PlainDebian debian)
    {
        const string path = "release/x86_64/";
        var binary = await File.ReadAllBytesAsync(Installed("runsc"), Cancel);
        byte[] served = [.. binary[..^1], (byte)~binary[^1]];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var releases = builder.Build();
        releases.Urls.Add("http://127.0.0.1:0");
        releases.MapGet(path + "runsc", () => Microsoft.AspNetCore.Http.Results.Bytes(served));
        releases.MapGet(path + "runsc.sha512", () => $"{Convert.ToHexStringLower(SHA512.HashData(binary))}  runsc\n");
        await releases.StartAsync(Cancel);
        string[] install = [$"{Steps}/{_scripts[1]}", "release", releases.Urls.Single()];

        var (code, output) = await debian.RunAsync(60, _binds, install);
        Assert.True(code != 0 && output.Contains("runsc: FAILED", StringComparison.Ordinal), output);
        Assert.False(File.Exists($"{debian.Root}/usr/local/bin/runsc"));

        served = binary;
        (code, output) = await debian.RunAsync(60, _binds, install);
        Assert.True(code == 0, output);
        (code, output) = await debian.RunAsync(30, _binds, "runsc", "--version");
        Assert.True(code == 0 && output.Contains("runsc version", StringComparison.Ordinal), output);
    }
}

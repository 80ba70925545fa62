using System.Buffers.Binary;
using System.Diagnostics;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Templates;

public sealed class BaseTemplateTests(BaseTemplate template) : IClassFixture<BaseTemplate>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("bin/bash")]
    [InlineData("usr/bin/python3")]
    [InlineData("usr/bin/python")]
    [InlineData("usr/bin/ps")]
    [InlineData("usr/bin/find")]
    [InlineData("usr/bin/grep")]
    [InlineData("usr/bin/sed")]
    [InlineData("usr/bin/tar")]
    [InlineData("usr/bin/gzip")]
    [InlineData("usr/bin/curl")]
    [InlineData("usr/bin/git")]
    [InlineData("usr/bin/less")]
    [InlineData("usr/bin/nano")]
    [InlineData("usr/bin/vim")]
    [InlineData("etc/ssl/certs/ca-certificates.crt")]
    [InlineData("usr/lib/python3/dist-packages/numpy/__init__.py")]
    [InlineData("usr/lib/python3/dist-packages/pandas/__init__.py")]
    public void It_has(string path) => Assert.True(File.Exists(Resolve(path)), path);

    [Fact]
    public void It_has_a_user_with_a_home_and_a_locked_password()
    {
        Assert.Contains("user:x:1000:1000::/home/user:/bin/bash", File.ReadAllLines(At("etc/passwd")));
        Assert.Contains(File.ReadAllLines(At("etc/shadow")), line => line.StartsWith("user:!:", StringComparison.Ordinal));
        Assert.Equal(1000u, Posix.StatusAt(Posix.AtFdCwd, Posix.Bytes(At("home/user")))!.Value.User);
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("proc")]
    [InlineData("sys")]
    [InlineData("run")]
    [InlineData("tmp")]
    public void It_has_the_directories_that_a_sandbox_mounts_on(string name) => Assert.True(Directory.Exists(At(name)));

    [Fact]
    public void Nothing_of_the_machine_that_built_it_is_inside()
    {
        Assert.Empty(Directory.GetFileSystemEntries(At("etc/apt/sources.list.d")));
        Assert.False(File.Exists(At("etc/apt/sources.list")));
        Assert.False(File.Exists(At("etc/resolv.conf")));
        Assert.Equal("sandbox\n", File.ReadAllText(At("etc/hostname")));
        Assert.Empty(Directory.GetFiles(At("var/lib/apt/lists"), "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(At("var/log"), "*", SearchOption.AllDirectories));
        Assert.DoesNotContain(Directory.GetFiles(At("etc/apt/apt.conf.d")), file => file.Contains("mmdebstrap", StringComparison.Ordinal));
        var mirrors = AptSources.Read("/etc/apt", "bookworm").Select(line => new Uri(line.Split(' ').First(word => word.Contains("://", StringComparison.Ordinal))).Host);
        foreach (var file in Directory.GetFiles(At("etc"), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(file => new FileInfo(file).Length < 100_000 && !file.Contains("/etc/ssl/", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(file);
            Assert.All(mirrors.Distinct(), mirror => Assert.False(text.Contains(mirror, StringComparison.Ordinal), $"{file} names {mirror}"));
        }
    }

    [Fact]
    public void Python_starts_without_hooks_and_with_byte_code_that_is_valid_for_every_module()
    {
        var sources = Directory.GetFiles(At("usr/lib"), "*.py", SearchOption.AllDirectories).Where(file => file.Contains("/lib/python3", StringComparison.Ordinal)).ToList();
        Assert.True(sources.Count > 1_000);
        Assert.DoesNotContain(sources, file => Path.GetFileName(file) is "sitecustomize.py" or "usercustomize.py");
        Assert.Empty(Directory.GetFiles(At("usr/lib"), "*.pth", SearchOption.AllDirectories));
        Assert.All(sources, source =>
        {
            // 4 bytes magic, u32 flags (0: checked by time), u32 seconds, u32 size.
            var code = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(source)!, "__pycache__", $"{Path.GetFileNameWithoutExtension(source)}.cpython-311.pyc"));
            Assert.Equal(0, BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(4)));
            var file = (FileInfo?)File.ResolveLinkTarget(source, returnFinalTarget: true) ?? new FileInfo(source);
            Assert.Equal(new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeSeconds(), BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(8)));
            Assert.Equal(file.Length, BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(12)));
        });
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_its_layers_content_and_a_second_host_gets_the_same()
    {
        using var directory = new TemporaryDirectory();
        var data = DataDirectory.Open(directory.Below("data"));
        await using var layers = new LayerDirectories(data, template.Store, new LayerLimits());
        var started = Stopwatch.GetTimestamp();
        var other = await new TemplateCatalog(template.Store, layers).ResolveAsync("base", Cancel);
        TestContext.Current.SendDiagnosticMessage("Unpacking the base template took {0:F1} s.", Stopwatch.GetElapsedTime(started).TotalSeconds);
        Assert.Equal(Describe(template.Root), Describe(other.Directory));
    }

    // What there is, with owner, mode and size. Times too, but for the directories that a mount may have been made in.
    private static string Describe(string root)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "find . \\( -type d -printf '%p %m %U:%G\\n' \\) -o -printf '%p %m %U:%G %s %T@ %l\\n' | LC_ALL=C sort"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = root,
        })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return text;
    }

    private string At(string path) => Path.Combine(template.Root, path);

    // Links in the template are meant for its own root, so they are followed by hand.
    private string Resolve(string path)
    {
        for (var hops = 0; hops < 10 && new FileInfo(At(path)).LinkTarget is { } target; hops++)
        {
            path = target.StartsWith('/') ? target[1..] : Path.Combine(Path.GetDirectoryName(path)!, target);
        }

        return At(path);
    }
}

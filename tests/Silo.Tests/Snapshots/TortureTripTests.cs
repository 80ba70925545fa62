using System.Text.RegularExpressions;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Snapshots.Oci;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Sandboxes;
using Sandbox.Silo.Tests.Storage;
using static Sandbox.Silo.Tests.Snapshots.ImageTools;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>Every kind of file that a program can make, out of a sandbox by a snapshot and an export, through the tools that others use, and back into one.</summary>
[Collection("runsc")]
public sealed partial class TortureTripTests(TestBinaries binaries, LiveTemplate template) : IDisposable
{
    private const string Owner = LayerMaking.Owner;
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [OciFact]
    public async Task What_a_program_made_is_what_tar_umoci_and_a_sandbox_from_an_import_see_entry_by_entry()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        Assert.Equal("", await RunAsync(sandbox, "make", TakingTests.Torture));
        var before = await RunAsync(sandbox, "show", TakingTests.Show);
        Assert.True((await sandbox.SnapshotAsync("whole", new SnapshotOptions(), Test)).Succeeded);
        var (whole, _) = (await host.Snapshots.FindAsync(Owner, "whole", Test))!.Value;

        // Without the template, which the tools would only be slow with.
        var alone = await AddAsync(host, "alone", [whole.Layers[^1]], new Dictionary<LayerDigest, Func<Stream>>());
        var archive = _directory.Below("alone.tar");
        await using (var file = File.Create(archive)) await OciExport.WriteAsync(alone, host.Blobs, file, Test);

        // By GNU tar: everything, to the nanosecond, and the attributes too.
        var (image, gnu) = (Make("image"), Make("gnu"));
        Run("tar", "-C", image, "-xf", archive);
        Run("tar", "-C", gnu, "--xattrs", "--xattrs-include=user.*", "--numeric-owner", "--exclude=.wh.*", "-xpf", Path.Combine(image, "blobs", "sha256", alone.Layers[0].DiffId.Hex));
        Assert.Equal(before.Split('\n'), Show(Path.Combine(gnu, "srv", "t")).Split('\n'));
        if (!before.Contains("noattr", StringComparison.Ordinal))
            Assert.Contains("user.note=0x0062696eff", Run("getfattr", "-e", "hex", "-d", Path.Combine(gnu, "srv", "t", "plain")), StringComparison.Ordinal);

        // By umoci, which keeps times to the second.
        Run("skopeo", "copy", "--insecure-policy", $"oci-archive:{archive}", $"oci:{_directory.Below("layout")}:latest");
        Run("umoci", "unpack", "--image", $"{_directory.Below("layout")}:latest", _directory.Below("bundle"));
        var rootfs = _directory.Below("bundle", "rootfs");
        Assert.Equal("", Run("diff", "-r", "--no-dereference", gnu, rootfs));
        Assert.Equal(ToTheSecond(before), ToTheSecond(Show(Path.Combine(rootfs, "srv", "t"))));

        // Back, compressed by skopeo: the same layer, and the same in a sandbox.
        Run("skopeo", "copy", "--insecure-policy", $"oci:{_directory.Below("layout")}:latest", $"oci-archive:{_directory.Below("back.tar")}");
        var (stack, made) = await new OciImport(host.Data, new LayerLimits()).ReadAsync(OciArchive.Open(_directory.Below("back.tar")), Owner, host.Template, Test);
        Assert.Equal(alone.Layers[0].DiffId, Assert.Single(stack).DiffId);
        await AddAsync(host, "back", [host.Template, stack[0]], made.ToDictionary(pair => pair.Key, pair => (Func<Stream>)pair.Value.Open));
        foreach (var intake in made.Values) await intake.DisposeAsync();
        var copy = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "back" });
        Assert.Equal(before.Split('\n'), (await RunAsync(copy, "show", TakingTests.Show)).Split('\n'));
    }

    private static string[] ToTheSecond(string shown) => [.. shown.Split('\n').Select(line => Time().Replace(line, "${seconds} "))];

    private static string Show(string directory) => Run("sh", "-c", $"cd \"$0\"; {TakingTests.ShowHere}", directory);

    private static async Task<SnapshotRecord> AddAsync(
        LiveHost host, string name, IReadOnlyList<LayerDescriptor> layers, IReadOnlyDictionary<LayerDigest, Func<Stream>> made)
    {
        var added = await host.Snapshots.AddAsync(new SnapshotDraft(Owner, name, layers, new SnapshotOptions()), made, verify: null, Test);
        Assert.True(added.Succeeded, added.Error?.Message);
        return added.Value;
    }

    private static async Task<string> RunAsync(ILiveSandbox sandbox, string id, string script)
    {
        var process = await sandbox.StartAsync(LiveTesting.Shell(id, $"exec 2>&1; {script}") with { Root = true });
        return await process.TextAsync();
    }

    private string Make(string name) => Directory.CreateDirectory(_directory.Below(name)).FullName;

    /// <summary>A line's mode, owner, group and time, whose last nine digits are the fraction.</summary>
    [GeneratedRegex(@"(?<seconds>0o\d+ \d+ \d+ -?\d*?)\d{9} ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();
}

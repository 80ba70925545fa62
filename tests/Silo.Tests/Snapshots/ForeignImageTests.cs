using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Snapshots.Oci;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Sandboxes;
using Sandbox.Silo.Tests.Storage;
using static Sandbox.Silo.Tests.Snapshots.ImageTools;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>Images that others made, with nothing of the product's templates in them: no user, no home, no directories for what is mounted.</summary>
[Collection("runsc")]
public sealed class ForeignImageTests(TestBinaries binaries, LiveTemplate template) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [OciFact]
    public async Task A_busybox_becomes_a_template_whose_sandboxes_run_as_its_configuration_says_and_goes_out_the_same()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var image = MakeImage("true", "--config.env", "PATH=/tools", "--config.env", "GREETING=hello = you", "--config.workingdir", "/srv/app", "--config.user", "root:root");
        await UploadAsync(host, "owner/box", image);
        var imported = await host.Recipes.ImportAsync("owner/box", "u", Test);
        Assert.True(imported.Succeeded, imported.Error?.Message);
        var says = imported.Value.Configuration!;
        Assert.Equal((1, true, "/srv/app", "hello = you"), (imported.Value.LayerCount, says.Root, says.Directory, says.Environment["GREETING"]));
        Assert.Matches("^sha256:[0-9a-f]{64}$", says.RecipeHash);

        // As the gateway fills in a creation.
        var sandbox = await host.CreateAsync("owner/one", LiveHost.Spec with { Template = "box", Root = true, Directory = says.Directory!, Environment = says.Environment });
        Assert.Equal("hello = you\n/srv/app\n0\nroot\n", await RunAsync(sandbox, "root", "echo $GREETING; pwd; id -u; cat made-by"));
        Assert.Equal("1000\n1000 755\nkept\n", await RunAsync(sandbox, "user", "id -u; stat -c '%u %a' ~; cd; echo kept > f; cat f", root: false));
        Assert.Equal("ok\n", await RunAsync(sandbox, "mounts", "test -c /dev/null && test -d /proc/self && test -w /tmp && test -r /run/sandbox/generation && echo ok"));

        // What stands on it stands on its own.
        Assert.True((await sandbox.SnapshotAsync("over", new SnapshotOptions(), Test)).Succeeded);
        Assert.Equal("kept\n", await RunAsync(await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "over", Environment = says.Environment }), "look", "cat /home/user/f"));
        var (record, _) = (await host.Snapshots.FindAsync("owner", "box", Test))!.Value;
        await using (var file = File.Create(_directory.Below("out.tar"))) await OciExport.WriteAsync(record, host.Blobs, file, Test);
        Assert.Equivalent(says with { RecipeHash = "", Base = "" }, OciArchive.Open(_directory.Below("out.tar")).FindConfiguration() with { RecipeHash = "", Base = "" });
        Assert.Contains("\"GREETING=hello = you\"", Run("skopeo", "inspect", "--config", $"oci-archive:{_directory.Below("out.tar")}"), StringComparison.Ordinal);
    }

    [OciFact]
    public async Task One_without_a_configuration_is_imported_too_and_takes_no_others_place()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var image = MakeImage("true");
        await UploadAsync(host, "owner/box", image);
        var imported = await host.Recipes.ImportAsync("owner/box", "u", Test);
        Assert.True(imported.Succeeded, imported.Error?.Message);
        Assert.Equal((null, null), (imported.Value.Configuration!.Root, imported.Value.Configuration.Directory));

        await UploadAsync(host, "owner/base", image);
        Assert.Equal(SandboxErrorCode.Conflict, (await host.Recipes.ImportAsync("owner/base", "u", Test)).Error?.Code);
        Assert.True((await (await host.CreateAsync("owner/one")).SnapshotAsync("taken", new SnapshotOptions(), Test)).Succeeded);
        await UploadAsync(host, "owner/taken", image);
        Assert.Equal(SandboxErrorCode.Conflict, (await host.Recipes.ImportAsync("owner/taken", "u", Test)).Error?.Code);
        Assert.Contains("oci-layout", await RefusedAsync(new byte[2_000]), StringComparison.Ordinal);

        async Task<string?> RefusedAsync(byte[] bytes)
        {
            await File.WriteAllBytesAsync(_directory.Below("bad.tar"), bytes, Test);
            await UploadAsync(host, "owner/bad", _directory.Below("bad.tar"));
            var refused = (await host.Recipes.ImportAsync("owner/bad", "u", Test)).Error;
            Assert.Equal(SandboxErrorCode.Invalid, refused?.Code);
            return refused!.Message;
        }
    }

    [OciFact]
    public async Task A_home_that_leads_elsewhere_leads_nowhere_out_of_the_programs_root()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        await UploadAsync(host, "owner/box", MakeImage("mkdir mnt; ln -s ../../mnt/upper home", "--config.env", "PATH=/tools"));
        var imported = await host.Recipes.ImportAsync("owner/box", "u", Test);
        Assert.True(imported.Succeeded, imported.Error?.Message);
        var sandbox = await host.CreateAsync("owner/one", LiveHost.Spec with { Template = "box", Directory = "/srv", Environment = imported.Value.Configuration!.Environment });
        // The overlay's upper directory, which lies at that path for the agent, would show it at the root.
        Assert.Equal("none\n", await RunAsync(sandbox, "look", "test -e /user || test -e /home/user || echo none"));
    }

    [Theory]
    [InlineData("A=b", "/srv", null, null)]
    [InlineData("A=b", null, "1234:5", null)]
    [InlineData("A=", "", "0:0", null)]
    [InlineData("=b", null, null, "NAME=VALUE")]
    [InlineData("A", null, null, "NAME=VALUE")]
    [InlineData("A=\0", null, null, "NAME=VALUE")]
    [InlineData(null, null, null, "NAME=VALUE")]
    [InlineData("A=b", "srv", null, "absolute")]
    [InlineData("A=b", "/\0", null, "absolute")]
    [InlineData("long", null, null, "131072 bytes")]
    [InlineData("A=b", "long", null, "absolute")]
    [InlineData("A=b", "/ääääääääääääääääääääääääääääääääääääääääää", null, null)]
    [InlineData("A=b", "/äääääääääääääääääääääääääääääääääääääääääää", null, "256 bytes as ASCII JSON")]
    public void What_a_configuration_says_is_taken_or_refused_with_the_reason(string? variable, string? directory, string? user, string? why)
    {
        var config = new OciProgramConfig
        {
            Environment = [variable == "long" ? "A=" + new string('x', 200_000) : variable!],
            Directory = directory == "long" ? "/" + new string('x', 5_000) : directory,
            User = user,
        };
        if (why is not null)
        {
            Assert.Contains(why, Assert.Throws<OciImportException>(() => config.ToTemplate("sha256:0")).Message, StringComparison.Ordinal);
            return;
        }

        var says = config.ToTemplate("sha256:0");
        Assert.Equal((variable![2..], directory is "" ? null : directory, user is "0:0" ? true : null), (says.Environment["A"], says.Directory, says.Root));
    }

    private static async Task UploadAsync(LiveHost host, string key, string path)
    {
        await using var file = File.OpenRead(path);
        var piece = new byte[1 << 20];
        for (var offset = 0L; await file.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, Test) is > 0 and var read; offset += read)
            Assert.True((await host.Recipes.WriteFilesAsync(key, "u", offset, piece[..read])).Succeeded);
    }

    private static async Task<string> RunAsync(Grains.Hosting.ILiveSandbox sandbox, string id, string script, bool root = true) =>
        await (await sandbox.StartAsync(LiveTesting.Shell(id, $"exec 2>&1; {script}") with { Root = root })).TextAsync();

    /// <summary>An image with one program and a file, with what a script makes of it, and a configuration.</summary>
    private string MakeImage(string script, params string[] configuration)
    {
        var (layout, bundle) = (_directory.Below("layout"), _directory.Below("bundle"));
        Run("umoci", "init", "--layout", layout);
        Run("umoci", "new", "--image", $"{layout}:one");
        Run("umoci", "unpack", "--image", $"{layout}:one", bundle);
        Run("sh", "-ec", "cd \"$0\"/rootfs; mkdir -p bin tools srv/app dev; mknod dev/console c 5 1; cp /bin/busybox bin; for t in sh cat id stat test; do ln -s /bin/busybox tools/$t; done; echo root > srv/app/made-by; eval \"$1\"", bundle, script);
        Run("umoci", "repack", "--image", $"{layout}:one", bundle);
        if (configuration.Length > 0) Run("umoci", ["config", "--image", $"{layout}:one", .. configuration]);
        Run("skopeo", "copy", "--insecure-policy", $"oci:{layout}:one", $"oci-archive:{_directory.Below("image.tar")}");
        return _directory.Below("image.tar");
    }
}

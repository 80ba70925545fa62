using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Snapshots.Oci;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Storage;
using static Sandbox.Silo.Tests.Snapshots.ImageTools;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>Exports and imports against the tools that others use.</summary>
public sealed class OciTests : IAsyncDisposable
{
    private const string Owner = LayerMaking.Owner;
    private static readonly LayerDescriptor _template = new(LayerDigest.OfText("template"), LayerDigest.OfText("diff"), 1, 1);

    private readonly TemporaryDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly DirectoryBlobStore _blobs;
    private readonly LayerDirectories _layers;
    private readonly SnapshotStore _store;

    public OciTests()
    {
        _data = DataDirectory.Open(_directory.Below("data"));
        _blobs = DirectoryBlobStore.Open(_data.Blobs, TimeProvider.System);
        _layers = new LayerDirectories(_data, _blobs, new LayerLimits());
        _store = new SnapshotStore(_blobs, TimeProvider.System, new CheckpointOptions());
    }

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _layers.DisposeAsync();
        _blobs.Dispose();
        _directory.Dispose();
    }

    [OciFact]
    public async Task What_is_exported_is_what_umoci_unpacks_and_what_skopeo_copied_is_what_comes_back()
    {
        var made = await TortureAsync();
        var snapshot = await AddAsync("name", [made, await TarAsync(Upper())]);
        var archive = await ExportAsync(snapshot);
        Run("skopeo", "copy", "--insecure-policy", $"oci-archive:{archive}", $"oci:{_directory.Below("layout")}:latest");
        Run("umoci", "unpack", "--image", $"{_directory.Below("layout")}:latest", _directory.Below("bundle"));

        // The same as the two layers' directories laid over each other by hand.
        using var use = await _layers.UseAsync(snapshot.Layers, Test);
        Run("cp", "-a", use.Directories[0], _directory.Below("expected"));
        Run("sh", "-c", $"cd {_directory.Below("expected")} && rm -r gone replaced && mkdir replaced && printf new > replaced/new && touch -d @1000000000 replaced/new . && chmod 644 replaced/new");
        Assert.Equal("", Run("diff", "-r", "--no-dereference", _directory.Below("expected"), _directory.Below("bundle", "rootfs")));
        Assert.Equal(Show(_directory.Below("expected")), Show(_directory.Below("bundle", "rootfs")));

        // skopeo has compressed the layers: their digests are others, their diff ids are not.
        Run("skopeo", "copy", "--insecure-policy", $"oci:{_directory.Below("layout")}:latest", $"oci-archive:{_directory.Below("back.tar")}");
        var back = await ImportAsync("back", _directory.Below("back.tar"));
        Assert.Equal(snapshot.Layers.Select(layer => layer.DiffId), back.Layers.Select(layer => layer.DiffId));
    }

    [OciFact]
    public async Task An_image_that_umoci_changed_becomes_a_snapshot_entry_by_entry()
    {
        var layout = _directory.Below("layout");
        Run("umoci", "init", "--layout", layout);
        Run("umoci", "new", "--image", $"{layout}:one");
        Run("umoci", "unpack", "--image", $"{layout}:one", _directory.Below("bundle"));
        var root = _directory.Below("bundle", "rootfs");
        Run("sh", "-c", Torture, root);
        // umoci keeps times to the second.
        Run("sh", "-c", "find \"$0\" -exec touch -h -d @1700000000 {} +", root);
        Run("umoci", "repack", "--image", $"{layout}:two", "--refresh-bundle", _directory.Below("bundle"));
        Run("sh", "-c", "cd \"$0\"; rm -r gone; rm -r replaced; mkdir replaced; printf new > replaced/new; touch -d @1700000001 replaced/new; chmod 600 plain", root);
        Run("umoci", "repack", "--image", $"{layout}:three", _directory.Below("bundle"));
        Run("skopeo", "copy", "--insecure-policy", $"oci:{layout}:three", $"oci-archive:{_directory.Below("three.tar")}");

        var snapshot = await ImportAsync("three", _directory.Below("three.tar"));
        Assert.Equal(2, snapshot.Layers.Count);
        using var use = await _layers.UseAsync(snapshot.Layers, Test);
        Assert.Equal("character special file", Run("stat", "-c", "%F", Path.Combine(use.Directories[1], "gone")).Trim());
        Run("cp", "-a", use.Directories[0], _directory.Below("merged"));
        Run("sh", "-c", "cd \"$0\"; rm -r gone; find \"$1\" -type c -printf '%P\\n' | while read -r name; do rm -rf \"$name\"; done; cp -a \"$1\"/. . 2>/dev/null; find . -type c -delete; true", _directory.Below("merged"), use.Directories[1]);
        Assert.Equal(Show(root).Replace("d 755 0 0 ./replaced", "", StringComparison.Ordinal), Show(_directory.Below("merged")).Replace("d 755 0 0 ./replaced", "", StringComparison.Ordinal));
    }

    [OciFact]
    public async Task An_image_of_a_registry_on_the_loopback_becomes_a_snapshot()
    {
        var snapshot = await AddAsync("name", [await TarAsync(new TarText().File("etc/hello", "there"))]);
        var archive = await ExportAsync(snapshot);
        var port = FreePort();
        await File.WriteAllTextAsync(_directory.Below("registry.yml"), $"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {_directory.Below("registry")}\nhttp:\n  addr: 127.0.0.1:{port}\n", Test);
        using var registry = Process.Start(new ProcessStartInfo("docker-registry", ["serve", _directory.Below("registry.yml")]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            registry.BeginErrorReadLine();
            registry.BeginOutputReadLine();
            await ListensAsync(port);
            Run("skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", $"oci-archive:{archive}", $"docker://127.0.0.1:{port}/team/image:1");
            Run("skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", $"docker://127.0.0.1:{port}/team/image:1", $"oci-archive:{_directory.Below("pulled.tar")}");
        }
        finally
        {
            registry.Kill();
            await registry.WaitForExitAsync(CancellationToken.None);
        }

        var pulled = await ImportAsync("pulled", _directory.Below("pulled.tar"));
        using var use = await _layers.UseAsync(pulled.Layers, Test);
        Assert.Equal("there", await File.ReadAllTextAsync(Path.Combine(use.Directories[0], "etc/hello"), Test));
    }

    [Fact]
    public async Task The_products_own_template_is_known_again_and_not_stored_once_more()
    {
        var layer = await TarAsync(new TarText().File("etc/hello", "there"));
        var snapshot = await AddAsync("name", [layer, await TarAsync(new TarText().File("b"))]);
        var archive = OciArchive.Open(await ExportAsync(snapshot));
        var (stack, made) = await new OciImport(_data, new LayerLimits()).ReadAsync(archive, "other", layer with { Owner = null }, Test);
        Assert.Equal([null, "other"], stack.Select(one => one.Owner));
        foreach (var intake in made.Values) await intake.DisposeAsync();
    }

    [Theory]
    [InlineData("index", "digest is another one")]
    [InlineData("layer", "damaged")]
    [InlineData("nothing", "no tar")]
    [InlineData("evil", "'..'")]
    public async Task What_is_damaged_or_hostile_is_refused_with_the_reason(string what, string why)
    {
        var snapshot = await AddAsync("name", [what == "evil" ? await TarAsync(new TarText().File("a/../../evil")) : await TarAsync(new TarText().File("etc/hello", "there-there"))]);
        var path = await ExportAsync(snapshot);
        var bytes = await File.ReadAllBytesAsync(path, Test);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        if (what == "index") bytes[text.IndexOf("amd64", text.IndexOf("diff_ids", StringComparison.Ordinal) - 200, StringComparison.Ordinal)] = (byte)'b';
        if (what == "layer") bytes[text.IndexOf("there-there", StringComparison.Ordinal)] = (byte)'b';
        await File.WriteAllBytesAsync(path, what == "nothing" ? new byte[700] : bytes, Test);

        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
            await new OciImport(_data, new LayerLimits()).ReadAsync(OciArchive.Open(path), Owner, _template, Test));
        Assert.True(refused is OciImportException or LayerException, refused.ToString());
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_data.Temporary));
    }

    private const string Torture = """
        set -e; umask 022; cd "$0"; mkdir gone replaced sub; printf o > replaced/old; printf g > gone/file
        printf x > plain; : > empty; head -c 300000 /dev/urandom > large; ln plain hard; ln plain sub/harder; ln -s plain soft; ln -s /nowhere/at/all dangling
        printf n > "$(printf 'line\nbreak')"; printf ' ' > ' '; printf - > ./-rf; printf '*' > '*'; printf 'ü' > 'ü'; n=$(printf 'n%.0s' $(seq 255)); printf l > "$n"
        mkdir m; printf s > m/suid; chmod 4755 m/suid; printf g > m/sgid; chmod 2711 m/sgid; mkdir m/sticky; chmod 1777 m/sticky; printf 0 > m/none; chmod 0 m/none
        printf o > m/owned; chown 1000:1234567 m/owned; chown -h 3:4 soft; touch -d '2001-02-03 04:05:06.123456789 UTC' m/owned; touch -h -d '2002-02-02 UTC' dangling
        setfattr -n user.note -v hello plain
        """;

    private static TarText Upper() => new TarText().File(".wh.gone").Directory("replaced").File("replaced/.wh..wh..opq").File("replaced/new", "new");

    private static string Show(string directory) => Run(
        "sh", "-c", "cd \"$0\"; find . ! -path . -printf '%y %m %U %G %p %l\\n' | sort; find . -type f -printf '%T@ %s %n %p\\n' | sort; find . -type f -exec sha256sum {} + | sort; getfattr -Rd . 2>/dev/null | sort", directory);

    private static async Task ListensAsync(int port)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, Test);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, Test);
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>A layer that GNU tar made of every kind of file.</summary>
    private async Task<LayerDescriptor> TortureAsync()
    {
        var from = Directory.CreateDirectory(_directory.Below("from")).FullName;
        Run("sh", "-c", Torture, from);
        Run("tar", "-C", from, "--format=posix", "--xattrs", "--xattrs-include=user.*", "--numeric-owner", "--pax-option=delete=atime,delete=ctime", "-cf", _directory.Below("tar"), ".");
        return await WriteAsync(await File.ReadAllBytesAsync(_directory.Below("tar"), Test));
    }

    private Task<LayerDescriptor> TarAsync(TarText tar) => WriteAsync(tar.ToArray());

    private async Task<LayerDescriptor> WriteAsync(byte[] tar)
    {
        using var writer = new LayerWriter(_data);
        await writer.Tar.WriteAsync(tar, Test);
        var layer = writer.Finish(Owner);
        await using var content = writer.Open();
        await _blobs.PutAsync(layer.BlobName, content, Grains.Storage.BlobPutOptions.Overwrite, Test);
        return layer;
    }

    private async Task<SnapshotRecord> AddAsync(string name, IReadOnlyList<LayerDescriptor> layers)
    {
        var added = await _store.AddAsync(new SnapshotDraft(Owner, name, layers, new SnapshotOptions()), new Dictionary<LayerDigest, Func<Stream>>(), verify: null, Test);
        Assert.True(added.Succeeded, added.Error?.Message);
        return added.Value;
    }

    private async Task<string> ExportAsync(SnapshotRecord snapshot)
    {
        var path = _directory.Below($"{snapshot.Name}.tar");
        await using var file = File.Create(path);
        await OciExport.WriteAsync(snapshot, _blobs, file, Test);
        return path;
    }

    private async Task<SnapshotRecord> ImportAsync(string name, string path)
    {
        var (stack, made) = await new OciImport(_data, new LayerLimits()).ReadAsync(OciArchive.Open(path), Owner, _template, Test);
        var added = await _store.AddAsync(
            new SnapshotDraft(Owner, name, stack, new SnapshotOptions()), made.ToDictionary(pair => pair.Key, pair => (Func<Stream>)pair.Value.Open), verify: null, Test);
        foreach (var intake in made.Values) await intake.DisposeAsync();
        Assert.True(added.Succeeded, added.Error?.Message);
        return added.Value;
    }
}

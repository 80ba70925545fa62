using System.Text.Json;

namespace Sandboxes.Cli.Tests;

public sealed class SnapshotCommandTests : CliTest
{
    [Fact(Timeout = 120_000)]
    public async Task Snapshots_are_taken_listed_used_and_removed()
    {
        Assert.Equal((0, "ready\n", "changed meanwhile: srv/log\nleft out: srv/fifo\n"), await RunAsync("snapshot", "create", "box", "ready"));
        Assert.Equal((1, "", "sandbox: There is a snapshot 'ready' already.\n"), await RunAsync("snapshot", "create", "box", "ready"));
        Assert.Equal((0, "ready\n", "left out: srv/fifo\n"), await RunAsync("snapshot", "create", "box", "ready", "--overwrite", "--consistent"));
        Assert.Matches(@"^SNAPSHOT +CREATED +SIZE +LAYERS +PARENT\nready +1970-01-01 00:00:00Z +0 B +2 +base-one\n$", (await RunAsync("snapshot", "ls")).Out);
        Assert.Equal(0, (await RunAsync("create", "from", "--snapshot", "ready")).Code);
        using var request = JsonDocument.Parse(World.Sandboxes["from"].Request);
        Assert.Equal("ready", request.RootElement.GetProperty("snapshot").GetString());
        Assert.Equal(0, (await RunAsync("create", "begun", "--start", "pandas")).Code);
        using var begun = JsonDocument.Parse(World.Sandboxes["begun"].Request);
        Assert.Equal("pandas", begun.RootElement.GetProperty("start").GetString());
        Assert.StartsWith(
            "name       ready\ncreated    1970-01-01 00:00:00Z\nsize       0 B beside the template's, 2 layers\nparent     base-one\n", (await RunAsync("snapshot", "info", "ready")).Out,
            StringComparison.Ordinal);
        Assert.Contains("label      a=b\n", (await RunAsync("snapshot", "label", "ready", "-l", "a=b")).Out, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("snapshot", "label", "ready", "-l", "ab")).Code);
        Assert.Equal((0, "fine\n", ""), await RunAsync("snapshot", "rename", "ready", "fine"));
        Assert.Equal(1, (await RunAsync("snapshot", "info", "ready")).Code);
        Assert.Equal((0, "ready\n", ""), await RunAsync("snapshot", "rename", "fine", "ready"));
        Assert.Equal((0, "", ""), await RunAsync("snapshot", "rm", "ready"));
        var (code, _, error) = await RunAsync("snapshot", "rm", "ready");
        Assert.Equal(1, code);
        Assert.StartsWith("sandbox: There is no snapshot 'ready'.\n`sandbox", error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_file_is_imported_and_exported_and_a_failed_export_leaves_none()
    {
        var directory = Directory.CreateTempSubdirectory("sandbox-cli-").FullName;
        try
        {
            var (from, to) = (Path.Combine(directory, "from.tar"), Path.Combine(directory, "to.tar"));
            await File.WriteAllTextAsync(from, "an image", Cancel);
            Assert.Equal((0, "image\n", ""), await RunAsync("snapshot", "import", "image", from));
            Assert.Equal((0, "", ""), await RunAsync("snapshot", "export", "image", to));
            Assert.Equal("an image", await File.ReadAllTextAsync(to, Cancel));
            Assert.Equal((0, "an image", ""), await RunAsync("snapshot", "export", "image", "-"));
            Assert.Equal(1, (await RunAsync("snapshot", "export", "none", Path.Combine(directory, "none.tar"))).Code);
            Assert.Equal(2, Directory.GetFiles(directory).Length);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Templates and libraries on a real server: with the network of this machine, with the product's further templates, and through a server's death.</summary>
public sealed class TemplateTests(ITestOutputHelper output)
{
    private const int Deadline = 300_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Packages_of_debian_and_npm_come_over_the_network_that_the_operator_allows()
    {
        await using var server = await SandboxServer.StartWithTemplatesAsync("--Templates:AllowNetwork", "true", "--Pool:Size", "0");
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var recipe = new { @base = "node", network = true, apt = new[] { "tree" }, npm = new[] { "left-pad@1.3.0" }, run = new[] { "echo $(tree --version)" } };
        Assert.Contains("tree v", await BuildAsync(hub, "tools", recipe), StringComparison.Ordinal);

        // Nobody but a build has the network, and nothing of where it got things from stays.
        await using var sandbox = await TestSandbox.CreateAsync(hub, new { template = "tools" });
        await hub.CallAsync("StartProcess", new { sandboxId = sandbox.Id, processId = "js", language = "javascript", code = "console.log(require('left-pad')('x', 4), process.argv.length)" });
        Assert.Equal("   x 2\n", Encoding.UTF8.GetString(await sandbox.OutputAsync("js")));
        Assert.Equal("no network\n", await sandbox.RunAsync("sh", "-c", "tree --version > /dev/null && ls /sys/class/net | grep -v lo; cat /etc/resolv.conf /etc/apt/sources.list /root/.npmrc 2>/dev/null; curl -s -m 2 http://192.0.2.1 || echo no network"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Libraries_are_installed_in_a_session_from_uploaded_files_and_stay_in_its_snapshots()
    {
        await using var server = await SandboxServer.StartWithTemplatesAsync("--Pool:Size", "0");
        await using var hub = await HubClient.ConnectAsync(server.Address);
        await using (var python = await TestSandbox.CreateAsync(hub, new { id = "python", template = "python" }))
        {
            await PutAsync(server, python, "greeting-1.0-py3-none-any.whl", Wheel());
            output.WriteLine(await python.RunAsync("sh", "-c", "pip install --user --no-index ./greeting-1.0-py3-none-any.whl 2>&1"));
            Assert.Equal("hello from a wheel\n", await python.RunAsync("python3", "-c", "import greeting; print(greeting.hello())"));
            Assert.Equal("hello from a wheel\n", await python.RunAsync(".local/bin/greet"));
            await hub.CallAsync("CreateSnapshot", new { id = python.Id, name = "with-wheel" });
        }

        await using (var node = await TestSandbox.CreateAsync(hub, new { id = "node", template = "node" }))
        {
            await PutAsync(server, node, "greeting-1.0.0.tgz", Package());
            output.WriteLine(await node.RunAsync("sh", "-c", "npm install --offline --no-audit --no-fund ./greeting-1.0.0.tgz 2>&1"));
            Assert.Equal("hello from a package\n", await node.RunAsync("node", "-e", "console.log(require('greeting')())"));
            await hub.CallAsync("SuspendSandbox", new { id = node.Id });
            Assert.Equal("hello from a package\n", await node.RunAsync("node", "-e", "console.log(require('greeting')())"));
            await hub.CallAsync("CreateSnapshot", new { id = node.Id, name = "with-package" });
        }

        await using var wheel = await TestSandbox.CreateAsync(hub, new { snapshot = "with-wheel" });
        Assert.Equal("hello from a wheel\n", await wheel.RunAsync("python3", "-c", "import greeting; print(greeting.hello())"));
        await using var package = await TestSandbox.CreateAsync(hub, new { snapshot = "with-package" });
        Assert.Equal("hello from a package\n", await package.RunAsync("node", "-e", "console.log(require('greeting')())"));

        // The same in a recipe needs no network either.
        var upload = await UploadAsync(server, "built", ("wheels/greeting-1.0-py3-none-any.whl", Wheel()));
        var recipe = new { @base = "python", files = new[] { new { from = "wheels", to = "/opt/wheels" } }, pip = new[] { "/opt/wheels/greeting-1.0-py3-none-any.whl" }, run = new[] { "greet" } };
        Assert.Contains("hello from a wheel", await BuildAsync(hub, "built", recipe, upload), StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_is_killed_in_the_middle_of_a_build_leaves_nothing_of_it()
    {
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            await using (var killed = await SandboxServer.StartOnAsync(data))
            {
                await using var hub = await HubClient.ConnectAsync(killed.Address);
                var upload = await UploadAsync(killed, "mine", ("a", "text"u8.ToArray()));
                await foreach (var item in hub.StreamAsync("BuildTemplate", new { name = "mine", upload, recipe = new { files = new[] { new { from = "a", to = "/srv/a" } }, run = new[] { "echo begun; sleep 1000" } } }))
                {
                    if (item.Type() == "output") break;
                }

                await hub.DisposeAsync();
                await using var other = await HubClient.ConnectAsync(killed.Address);
                await foreach (var item in other.StreamAsync("BuildTemplate", new { name = "other", recipe = new { run = new[] { "echo begun; sleep 1000" } } }))
                {
                    if (item.Type() != "output") continue;
                    await killed.KillAsync();
                    break;
                }
            }

            await using (var next = await SandboxServer.StartOnAsync(data))
            {
                await using var hub = await HubClient.ConnectAsync(next.Address);
                Assert.All((await hub.CallAsync("ListTemplates", new { })).GetProperty("templates").EnumerateArray(), one => Assert.True(one.GetProperty("shipped").GetBoolean()));
                Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(data, "temporary")));
                Assert.False(Directory.Exists(Path.Combine(data, "blobs", "names", "default", "parts")));
                Assert.Contains("built", await BuildAsync(hub, "mine", new { run = new[] { "echo built" } }), StringComparison.Ordinal);
                await next.StopAsync();
            }

            var traces = Traces.Of(data);
            Assert.Empty(traces.Processes);
            Assert.Empty(traces.Mounts);
            Assert.Empty(traces.Cgroups);
        }
        finally
        {
            await SandboxServer.RemoveDataDirectoryAsync(data);
        }
    }

    /// <summary>Builds a template; a build that fails fails the test with its message, which has the command and its output.</summary>
    /// <returns>What its commands wrote.</returns>
    private async Task<string> BuildAsync(HubClient hub, string name, object recipe, string? upload = null)
    {
        var text = new StringBuilder();
        var last = default(JsonElement);
        await foreach (var item in hub.StreamAsync("BuildTemplate", new { name, recipe, upload }))
        {
            if (item.Type() == "output") text.Append(Encoding.UTF8.GetString(item.Data()));
            last = item;
        }

        output.WriteLine(text.ToString());
        Assert.Equal("built", last.Type());
        return text.ToString();
    }

    private static async Task PutAsync(SandboxServer server, TestSandbox sandbox, string name, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var answer = await server.Http.PutAsync($"v1/sandboxes/{sandbox.Id}/files?path=/home/user/{name}", body, Cancel);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<string> UploadAsync(SandboxServer server, string template, (string Name, byte[] Content) file)
    {
        var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, file.Name) { DataStream = new MemoryStream(file.Content) }, Cancel);
        using var body = new ByteArrayContent(tar.ToArray());
        using var answer = await server.Http.PostAsync($"v1/templates/{template}/files", body, Cancel);
        answer.EnsureSuccessStatusCode();
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel)).Text("upload");
    }

    private static byte[] Wheel()
    {
        const string Info = "greeting-1.0.dist-info/";
        (string Name, string Content)[] files =
        [
            ("greeting.py", "def hello():\n    return 'hello from a wheel'\n\ndef main():\n    print(hello())\n"),
            (Info + "METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n"),
            (Info + "WHEEL", "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            (Info + "entry_points.txt", "[console_scripts]\ngreet = greeting:main\n"),
        ];
        var wheel = new MemoryStream();
        using (var zip = new ZipArchive(wheel, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files.Append((Info + "RECORD", string.Concat(files.Select(file => $"{file.Name},,\n")) + $"{Info}RECORD,,\n")))
            {
                using var writer = new StreamWriter(zip.CreateEntry(name).Open());
                writer.Write(content);
            }
        }

        return wheel.ToArray();
    }

    private static byte[] Package()
    {
        var package = new MemoryStream();
        using (var zip = new GZipStream(package, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip))
        {
            void Add(string name, string content) =>
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "package/" + name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });

            Add("package.json", """{"name":"greeting","version":"1.0.0","main":"index.js"}""");
            Add("index.js", "module.exports = () => 'hello from a package';\n");
        }

        return package.ToArray();
    }
}

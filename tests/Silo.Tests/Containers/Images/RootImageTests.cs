using System.Diagnostics;
using System.Globalization;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Tests.Containers.Images;

[Collection("runsc")]
public sealed class RootImageTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_guest_sees_in_an_image_what_it_would_see_in_the_directory()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var layer = MakeLayer(server.Data);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var image = await images.GetAsync("layer", layer, Cancellation);
        string[] questions =
        [
            "stat {0}", "stat {0}/empty", "stat {0}/small", "stat {0}/large", "stat {0}/private", "stat {0}/link", "stat {0}/pipe", "stat {0}/many",
            "sum {0}/empty", "sum {0}/small", "sum {0}/large", "sum {0}/exact", "cat {0}/small",
            "link {0}/link", "list {0}", "list {0}/many", "list {0}/deep/er/still", "cat {0}/deep/er/still/here", "cat {0}/second-name",
            "cat {0}/many/name-1999-with-some-length-to-fill-blocks", "cat {0}/many/absent", "stat {0}/whiteout", "write {0}/new", "cat {0}/ünïcode",
        ];

        await using var onDirectory = server.Runtime.Start(new ContainerSpec { Layers = [layer] });
        await using var onImage = server.Runtime.Start(new ContainerSpec { Base = image });
        await onDirectory.HelloAsync(Cancellation);
        await onImage.HelloAsync(Cancellation);

        foreach (var question in questions)
        {
            var expected = await onDirectory.AskAsync(string.Format(CultureInfo.InvariantCulture, question, "/l/0"), Cancellation);
            var answer = await onImage.AskAsync(string.Format(CultureInfo.InvariantCulture, question, "/l/base"), Cancellation);
            Assert.True(SameAs(expected, answer, question), $"{question}: a directory says \"{expected}\", the image \"{answer}\"");
        }

        Assert.StartsWith("20644 0 0 0 1 0:0 ", await onImage.AskAsync("stat /l/base/whiteout", Cancellation), StringComparison.Ordinal);
        Assert.Equal("2002 ", (await onImage.AskAsync("list /l/base/many", Cancellation))[..5]);
        Assert.Contains(" 2 0:0 ", await onImage.AskAsync("stat /l/base/second-name", Cancellation), StringComparison.Ordinal);
        Assert.EndsWith("1000000000.123456789", await onImage.AskAsync("stat /l/base/small", Cancellation), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_container_on_an_image_alone_has_no_gofer_and_one_with_a_directory_on_top_works_too()
    {
        await using var server = await TestServer.StartAsync(binaries);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var image = await images.GetAsync("layer", MakeLayer(server.Data), Cancellation);

        await using (var alone = server.Runtime.Start(new ContainerSpec { Base = image }))
        {
            await alone.HelloAsync(Cancellation);
            Assert.DoesNotContain(server.Residue.Inspect().Processes, process => process.CommandLine.StartsWith("runsc-gofer", StringComparison.Ordinal));
        }

        var spec = new ContainerSpec { Base = image, Layers = [server.Layer()] };
        Assert.Equal(["/l/0", "/l/base"], spec.LowerPaths);
        await using var both = server.Runtime.Start(spec);
        await both.HelloAsync(Cancellation);
        Assert.Equal("hello from the host", await both.AskAsync("cat /l/0/greeting", Cancellation));
        Assert.Equal("some text", await both.AskAsync("cat /l/base/small", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_image_is_made_once_and_made_anew_for_another_agent()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var layer = MakeLayer(server.Data);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);

        var first = await images.GetAsync("layer", layer, Cancellation);
        var written = File.GetLastWriteTimeUtc(first.File);
        Assert.Equal(first, await images.GetAsync("layer", layer, Cancellation));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first.File));

        using var newer = new RootImages(server.Directories.Images, binaries.Launcher);
        var second = await newer.GetAsync("layer", layer, Cancellation);
        Assert.Equal([second.File], Directory.GetFiles(server.Directories.Images));
    }

    [Fact(Timeout = 60_000)]
    public async Task Images_of_layers_that_are_gone_go_and_agents_stay()
    {
        await using var server = await TestServer.StartAsync(binaries);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var kept = await images.GetAsync("kept", MakeLayer(server.Data), Cancellation);
        var gone = await images.GetAsync("gone", Path.Combine(server.Data, "image-layer"), Cancellation);
        images.RemoveBut(["kept", "another"]);
        Assert.Equal((true, false), (File.Exists(kept.File), File.Exists(gone.File)));
        Assert.Equal([kept.AgentDigest], images.Agents);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_image_with_an_older_agent_can_be_made_again_byte_for_byte_but_only_where_that_agent_has_been()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var layer = MakeLayer(server.Data);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var first = await images.GetAsync("layer", layer, Cancellation);
        var bytes = await File.ReadAllBytesAsync(first.File, Cancellation);
        using var newer = new RootImages(server.Directories.Images, binaries.Launcher);
        var second = await newer.GetAsync("layer", layer, Cancellation);
        Assert.False(File.Exists(first.File));

        Assert.Equal(first, await newer.GetAsync("layer", layer, first.AgentDigest, Cancellation));

        Assert.Equal(bytes, await File.ReadAllBytesAsync(first.File, Cancellation));
        Assert.True(File.Exists(second.File));
        await Assert.ThrowsAsync<FileNotFoundException>(() => newer.GetAsync("layer", layer, "0123456789abcdef", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_hosts_that_unpacked_a_layer_in_another_order_make_the_same_image()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var written = new List<byte[]>();
        foreach (var order in new[] { Enumerable.Range(0, 300), Enumerable.Range(0, 300).Reverse() })
        {
            var layer = Directory.CreateDirectory(Path.Combine(server.Data, $"layer-{written.Count}")).FullName;
            foreach (var name in order.Select(i => Path.Combine(layer, $"file-{i}")))
            {
                await File.WriteAllTextAsync(name, Path.GetFileName(name), Cancellation);
                File.SetLastWriteTimeUtc(name, DateTime.UnixEpoch);
            }

            Directory.SetLastWriteTimeUtc(layer, DateTime.UnixEpoch);
            var agent = Path.Combine(server.Data, $"agent-{written.Count}");
            File.Copy(binaries.Guest, agent);
            File.SetLastWriteTimeUtc(agent, DateTime.UnixEpoch.AddDays(written.Count));
            using var images = new RootImages(Path.Combine(server.Data, $"images-{written.Count}"), agent);
            written.Add(await File.ReadAllBytesAsync((await images.GetAsync("layer", layer, Cancellation)).File, Cancellation));
        }

        Assert.Equal(written[0], written[1]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancelled_or_failed_image_leaves_no_file()
    {
        await using var server = await TestServer.StartAsync(binaries);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);

        await Assert.ThrowsAnyAsync<IOException>(() => images.GetAsync("layer", Path.Combine(server.Data, "absent"), Cancellation));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => images.GetAsync("layer", MakeLayer(server.Data), cancelled.Token));

        Assert.False(Directory.Exists(server.Directories.Images) && Directory.EnumerateFiles(server.Directories.Images).Any());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_restricted_container_on_an_image_is_limited_as_any_other()
    {
        await using var server = await TestServer.StartAsync(binaries);
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var image = await images.GetAsync("layer", MakeLayer(server.Data), Cancellation);
        await using var container = server.Runtime.Start(new ContainerSpec
        {
            Base = image,
            Limits = new CgroupLimits { MemoryBytes = MemoryBudget.LimitBytes(32 << 20, 0) },
        });
        await container.HelloAsync(Cancellation);

        await container.SayAsync("eat 400", Cancellation);

        Assert.True((await container.Exited.WaitAsync(TimeSpan.FromSeconds(20), Cancellation)).OutOfMemory);
    }

    /// <summary>Directories have no size in common, and a whiteout is what the two may show differently.</summary>
    private static bool SameAs(string expected, string answer, string question)
    {
        if (!question.StartsWith("stat", StringComparison.Ordinal) || !expected.StartsWith('4'))
            return expected == answer;

        string[] left = expected.Split(' '), right = answer.Split(' ');
        (left[3], right[3]) = ("", "");
        return left.SequenceEqual(right);
    }

    private static string MakeLayer(string data)
    {
        var layer = Directory.CreateDirectory(Path.Combine(data, "image-layer")).FullName;
        string In(string name) => Path.Combine(layer, name);
        File.WriteAllText(In("empty"), "");
        File.WriteAllText(In("small"), "some text\n");
        File.WriteAllBytes(In("exact"), [.. Enumerable.Range(0, 8192).Select(i => (byte)(i * 7))]);
        File.WriteAllBytes(In("large"), [.. Enumerable.Range(0, 300_001).Select(i => (byte)(i * 13 >> 3))]);
        File.WriteAllText(In("private"), "secret");
        File.SetUnixFileMode(In("private"), UnixFileMode.UserRead | UnixFileMode.SetUser);
        File.WriteAllText(In("ünïcode"), "name\n");
        File.CreateSymbolicLink(In("link"), "../somewhere/else");
        Directory.CreateDirectory(In("deep/er/still"));
        File.WriteAllText(In("deep/er/still/here"), "found\n");
        Directory.CreateDirectory(In("many"));
        for (var i = 0; i < 2000; i++)
            File.WriteAllText(In($"many/name-{i}-with-some-length-to-fill-blocks"), $"{i}\n");

        Run("mkfifo", In("pipe"));
        Run("mknod", In("whiteout"), "c", "0", "0");
        Run("ln", In("small"), In("second-name"));
        Run("chown", "1000:1001", In("large"));
        Run("touch", "-d", "@1000000000.123456789", In("small"));
        return layer;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

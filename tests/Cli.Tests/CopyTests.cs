using System.Diagnostics;
using Sandbox.TestServer;
using Sandboxes.Cli.Files;

namespace Sandboxes.Cli.Tests;

public sealed class CopyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-cp-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("box:notes", "box", "/home/user/notes")]
    [InlineData("box:/etc/x", "box", "/etc/x")]
    [InlineData("box:", "box", "/home/user")]
    [InlineData("box:a:b", "box", "/home/user/a:b")]
    [InlineData("./a:b", null, "/home/user/./a:b")]
    [InlineData("plain", null, "/home/user/plain")]
    public void A_place_is_in_a_sandbox_or_here(string text, string? sandbox, string path)
    {
        var place = CopyPlace.Parse(text);
        Assert.Equal((sandbox, path), (place.SandboxId, place.Under("/home/user/")));
    }

    [Fact]
    public void Progress_is_a_line() =>
        Assert.Equal("f [##########                    ] 1.0 MB of 3.0 MB", ProgressBar.Line("f", new FileProgress(1_000_000, 3_000_000)));

    [Fact(Timeout = 240_000)]
    public async Task Live_files_and_directories_go_in_and_come_out_as_they_are()
    {
        await using var server = await SandboxServer.StartAsync();
        async Task<(int Code, string Out, string Error)> RunAsync(params string[] words)
        {
            await using var run = new CliProcess(server.Address, words);
            run.Input.Close();
            return await run.EndAsync(Cancel);
        }

        var tree = Directory.CreateDirectory(Path.Combine(_directory, "tree")).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "deep", new string('n', 120), "er"));
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(tree, "deep", "big"), bytes, Cancel);
        await File.WriteAllTextAsync(Path.Combine(tree, "run.sh"), "echo ran", Cancel);
        File.SetUnixFileMode(Path.Combine(tree, "run.sh"), (UnixFileMode)0x1ed);
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "run.sh");
        Assert.Equal(0, (await RunAsync("create", "box")).Code);
        Assert.Equal((0, "", ""), await RunAsync("cp", "-r", tree, "box:copied"));
        Assert.Equal((0, "ran\n", ""), await RunAsync("exec", "box", "--", "sh", "-c", "./copied/link"));
        Assert.Equal((0, "", ""), await RunAsync("cp", "box:copied", Path.Combine(_directory, "back")));
        using var diff = Process.Start(new ProcessStartInfo("diff", ["-r", "--no-dereference", tree, Path.Combine(_directory, "back")])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        Assert.Equal("", await diff.StandardOutput.ReadToEndAsync(Cancel));
        Assert.Equal((UnixFileMode)0x1ed, File.GetUnixFileMode(Path.Combine(_directory, "back", "run.sh")));

        Assert.Equal((0, "", ""), await RunAsync("cp", Path.Combine(tree, "deep", "big"), "box:copied"));
        Assert.Equal((0, "", ""), await RunAsync("cp", "box:copied/big", _directory));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(_directory, "big"), Cancel));
        Assert.Equal((1, "", "sandbox: There is no such file or directory: /home/user/none\n"), await RunAsync("cp", "box:none", _directory));
        Assert.Equal((1, "", "sandbox: There is no such file or directory: /home/user/none\n"), await RunAsync("cp", Path.Combine(tree, "run.sh"), "box:none/run.sh"));
        Assert.Equal(1, (await RunAsync("cp", "a", "b")).Code);
        Assert.Equal(0, (await RunAsync("rm", "box")).Code);
    }
}

using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>What the launcher says when it cannot do what it was asked: one sentence, before anything has been set up.</summary>
public sealed class LauncherTests
{
    private const int Deadline = 60_000;
    private static readonly string _launcher = Path.Combine(SetUp.Repository, "sandbox");

    [Theory(Timeout = Deadline)]
    [InlineData("there is no command 'nonsense': see ./sandbox --help.", "nonsense")]
    [InlineData("there is no option --prot: see ./sandbox up --help.", "up", "--prot", "80")]
    [InlineData("--port needs a value: see ./sandbox up --help.", "up", "--port")]
    [InlineData("--port must be a number from 0 to 65535, not 'x'.", "up", "--port", "x")]
    [InlineData("there is no engine 'foo': say orleans or embedded.", "up", "--engine", "foo")]
    [InlineData("'extra' is one word too many: see ./sandbox up --help.", "up", "extra")]
    [InlineData("the product has no template 'ruby': say node or python; templates of your own are docs/templates.md's.", "setup", "ruby")]
    [InlineData("no test project's name contains: nonsuch.", "test", "nonsuch")]
    [InlineData("the data directory /dev/null/data cannot be made or written: name another one, on a local disk (--data DIR).", "up", "--data", "/dev/null/data")]
    [InlineData("the data directory /proc/data cannot be made or written: name another one, on a local disk (--data DIR).", "setup", "--data", "/proc/data")]
    [InlineData("/tmp must belong to root alone, since guests' files lie there: chown root and chmod 0700 it, or name another (--data DIR).", "up", "--data", "/tmp")]
    public async Task Wrong_words_are_told_in_one_sentence(string sentence, params string[] words)
    {
        await using var tool = Tool.Start("/", 50, new Dictionary<string, string?>(), [_launcher, .. words]);
        Assert.Equal((1, $"sandbox: {sentence}"), (await tool.WaitAsync(), tool.Output.Trim()));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("this needs root, to run gVisor and to set limits: run it with sudo, or as root.", "up")]
    [InlineData("may not write: run this as the folder's owner, or in a copy of your own.", "ls")]
    [InlineData("may not write: run this as the folder's owner, or in a copy of your own.", "key", "new", "ann")]
    public async Task Somebody_who_is_not_root_is_told_what_to_do(string sentence, params string[] words)
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-launcher-");
        try
        {
            // Where everybody may read, and nobody but root may write.
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
            var launcher = Path.Combine(folder.FullName, "sandbox");
            File.Copy(_launcher, launcher);
            File.Copy(Path.Combine(SetUp.Repository, "global.json"), Path.Combine(folder.FullName, "global.json"));
            await using var tool = Tool.Start(
                "/", 50, new Dictionary<string, string?> { ["HOME"] = "/tmp" }, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", launcher, .. words]);
            Assert.Equal(1, await tool.WaitAsync());
            Assert.StartsWith("sandbox: ", tool.Output, StringComparison.Ordinal);
            Assert.EndsWith(sentence, tool.Output.Trim(), StringComparison.Ordinal);
            Assert.Single(tool.Output.Trim().Split('\n'));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory(Timeout = Deadline)]
    [InlineData("cp a b:", "cp", "a", "b:")]
    [InlineData("key new ann", "key", "new", "ann")]
    [InlineData("gateway --Access:File keys", "gateway", "--", "--Access:File", "keys")]
    [InlineData("gateway --port 81 --Access:File keys", "gateway", "--port", "81", "--", "--Access:File", "keys")]
    public async Task What_it_starts_runs_where_it_was_called_so_that_names_of_files_mean_what_they_say(string arguments, params string[] words)
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-launcher-");
        try
        {
            // A checkout without sources, and an SDK that builds nothing and says what it is to run.
            var launcher = Path.Combine(folder.CreateSubdirectory("checkout").FullName, "sandbox");
            File.Copy(_launcher, launcher);
            foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig"])
                File.Copy(Path.Combine(SetUp.Repository, file), Path.Combine(folder.FullName, "checkout", file));
            foreach (var directory in (string[])["checkout/src", "checkout/clients/dotnet", "called"]) folder.CreateSubdirectory(directory);
            var sdk = Path.Combine(folder.CreateSubdirectory("sdk").FullName, "dotnet");
            await File.WriteAllTextAsync(
                sdk, "#!/bin/sh\ncase $1 in --version) echo 10.0.100 ;; *.dll) shift; echo \"$(pwd): $*\" ;; esac\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(sdk, (UnixFileMode)0b111_101_101);
            var path = $"{sdk[..^"/dotnet".Length]}:{Environment.GetEnvironmentVariable("PATH")}";
            await using var tool = Tool.Start(
                Path.Combine(folder.FullName, "called"), 50, new Dictionary<string, string?> { ["PATH"] = path }, [launcher, .. words]);
            Assert.Equal(0, await tool.WaitAsync());
            Assert.EndsWith($"{folder.FullName}/called: {arguments}", tool.Output.Trim(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory(Timeout = Deadline)]
    [InlineData("up", "--port PORT")]
    [InlineData("setup", "TEMPLATE")]
    [InlineData("test", "WORD")]
    [InlineData("bench", "ARGUMENT")]
    [InlineData("gateway", "--engine E")]
    public async Task Each_command_has_help(string command, string part)
    {
        var said = await Tool.RunAsync("/", 50, new Dictionary<string, string?>(), _launcher, command, "--help");
        Assert.StartsWith($"Usage: ./sandbox {command}", said, StringComparison.Ordinal);
        Assert.Contains(part, said, StringComparison.Ordinal);
        Assert.Equal(command != "gateway", said.Contains("--data DIR", StringComparison.Ordinal));
    }
}

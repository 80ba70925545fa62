using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class LauncherTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_cgroup_that_cannot_be_entered_ends_the_launch_before_anything_runs()
    {
        var result = await new RunscCommand("/bin/echo").WithArguments("ran")
            .WithLauncher(binaries.Launcher, "-g", "/nonexistent/cgroup.procs", "--").ExecuteAsync(Cancellation);

        Assert.Equal(125, result.ExitCode);
        Assert.Equal("", result.Stdout);
        Assert.Contains("/nonexistent/cgroup.procs", result.Stderr, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Every_cgroup_is_entered_and_the_program_gets_its_arguments()
    {
        var files = new[] { Path.GetTempFileName(), Path.GetTempFileName() };
        try
        {
            var result = await new RunscCommand("/bin/echo").WithArguments("-g", "a b")
                .WithLauncher(binaries.Launcher, "-g", files[0], "-g", files[1], "--").ExecuteAsync(Cancellation);

            Assert.Equal("-g a b", result.Stdout);
            Assert.All(files, file => Assert.Equal("0", File.ReadAllText(file)));
        }
        finally
        {
            foreach (var file in files)
                File.Delete(file);
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData()]
    [InlineData("--")]
    [InlineData("-g", "x")]
    [InlineData("-x", "--", "/bin/true")]
    public async Task A_wrong_command_line_is_refused(params string[] arguments)
    {
        var result = await new RunscCommand(binaries.Launcher).WithArguments(arguments).ExecuteAsync(Cancellation);

        Assert.Equal(125, result.ExitCode);
    }
}

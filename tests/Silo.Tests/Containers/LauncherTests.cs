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
    [InlineData("-k", "--", "/bin/true")]
    public async Task A_wrong_command_line_is_refused(params string[] arguments)
    {
        var result = await new RunscCommand(binaries.Launcher).WithArguments(arguments).ExecuteAsync(Cancellation);

        Assert.Equal(125, result.ExitCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_keeper_passes_the_exit_code_of_a_program_that_makes_no_sandbox()
    {
        var result = await new RunscCommand("/bin/sh").WithArguments("-c", "echo why >&2; exit 6")
            .WithLauncher(binaries.Launcher, "-k", "/nonexistent/pid", "--").ExecuteAsync(Cancellation);

        Assert.Equal((6, "", "why"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_keeper_says_when_there_is_a_sandbox_reaps_it_and_ends_with_its_code()
    {
        var file = Path.GetTempFileName();
        try
        {
            // The orphan's own exit code, which nobody but its keeper could learn.
            var result = await new RunscCommand("/bin/sh").WithArguments("-c", $"(sleep 0.1; exit 9) & printf $! > {file}")
                .WithLauncher(binaries.Launcher, "-k", file, "--").ExecuteAsync(Cancellation);

            Assert.Equal((9, " "), (result.ExitCode, result.Stdout));
        }
        finally
        {
            File.Delete(file);
        }
    }
}

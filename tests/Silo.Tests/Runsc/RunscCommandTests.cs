using System.Diagnostics;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Runsc;

public sealed class RunscCommandTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_command_is_a_value_and_puts_its_parts_in_order()
    {
        var plain = new RunscCommand("/usr/bin/runsc");
        var command = plain.WithGlobalFlags("--root=/r", "--network=none").WithArguments("run", "--bundle", "/b c", "id").WithLauncher("/launch", "--");

        Assert.Equal(["/launch", "--", "/usr/bin/runsc", "--root=/r", "--network=none", "run", "--bundle", "/b c", "id"], command.CommandLine);
        Assert.Equal(["/usr/bin/runsc"], plain.CommandLine);
    }

    [Theory]
    [InlineData(RunscPlatform.Ptrace, "--platform=ptrace")]
    [InlineData(RunscPlatform.Systrap, "--platform=systrap")]
    internal void Global_flags_name_root_and_platform_and_close_the_network(RunscPlatform platform, string expected)
    {
        var flags = RunscFlags.For("/r", platform);

        Assert.Contains("--root=/r", flags);
        Assert.Contains(expected, flags);
        Assert.Contains("--network=none", flags);
        Assert.Contains("--ignore-cgroups", flags);
    }

    [Fact(Timeout = 30_000)]
    public async Task Arguments_reach_the_program_as_they_are_and_the_environment_is_empty()
    {
        var echo = await new RunscCommand("/bin/echo").WithArguments("$HOME", "a b", "*", "").ExecuteAsync(Cancellation);
        var environment = await new RunscCommand("/usr/bin/env").ExecuteAsync(Cancellation);

        Assert.Equal("$HOME a b *", echo.Stdout);
        Assert.Equal("", environment.Stdout);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_failure_carries_the_exit_code_and_what_was_said()
    {
        var command = new RunscCommand("/bin/ls").WithArguments("/nonexistent");

        var error = await Assert.ThrowsAsync<RunscException>(() => command.ExecuteSuccessfullyAsync(Cancellation));

        Assert.Contains("exit code 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nonexistent", error.Stderr, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_call_that_passes_its_deadline_is_ended_and_says_so()
    {
        var command = new RunscCommand("/bin/sleep").WithArguments("60").WithDeadline(TimeSpan.FromMilliseconds(100));
        var clock = Stopwatch.StartNew();

        var error = await Assert.ThrowsAsync<RunscException>(() => command.ExecuteAsync(Cancellation));

        Assert.Contains("0.1 s", error.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.09, 10);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_graceful_cancellation_lets_the_program_end_itself()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var graceful = new CancellationTokenSource();
            var command = new RunscCommand("/bin/sh").WithArguments("-c", "trap 'echo ended >> \"$0\"; exit 0' TERM; echo ready >> \"$0\"; while :; do sleep 0.05; done", file);
            var call = command.ExecuteAsync(Cancellation, graceful.Token);
            await UntilAsync(() => File.ReadAllText(file).StartsWith("ready", StringComparison.Ordinal));

            await graceful.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            Assert.EndsWith("ended\n", await File.ReadAllTextAsync(file, Cancellation), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_forceful_cancellation_ends_a_program_that_ignores_requests()
    {
        using var forceful = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var call = new RunscCommand("/bin/sh").WithArguments("-c", "trap '' TERM; sleep 60").ExecuteAsync(forceful.Token);

        await forceful.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_program_that_ignores_a_graceful_cancellation_is_ended_after_the_grace_period()
    {
        using var graceful = new CancellationTokenSource();
        var call = new RunscCommand("/bin/sh").WithArguments("-c", "trap '' TERM; while :; do sleep 0.05; done").ExecuteAsync(Cancellation, graceful.Token);

        await graceful.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, Cancellation);
    }
}

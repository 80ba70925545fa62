using System.Collections.Concurrent;
using Sandbox.Grains.Faults;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>
/// A server is killed at every step of what brings a sandbox to storage and back, and started again: the sandbox is in one of the two states that there can be,
/// every checkpoint that is listed can be gone back to, a loss is told, and nothing is left half done. CI walks over <see cref="Crash.Usual"/>;
/// <c>SANDBOX_TORTURE=long</c> over <see cref="Crash.All"/>.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Deadline = 600_000;
    private const int Lanes = 2;

    [Fact]
    public void No_point_is_without_a_test() =>
        Assert.Empty(Enum.GetValues<FaultPoint>().Except(Crash.Usual.Select(crash => crash.At)).Except(HandoffCrashTests.Points));

    [Fact]
    public void What_CI_walks_over_is_walked_over_in_the_long_run_too() => Assert.Empty(Crash.Usual.Except(Crash.All));

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_dies_at_any_step_leaves_one_of_two_states_and_no_rest()
    {
        var crashes = new ConcurrentQueue<Crash>(TortureSettings.IsLong ? Crash.All : Crash.Usual);
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => WalkAsync($"lane{lane}", crashes)));
    }

    private async Task WalkAsync(string lane, ConcurrentQueue<Crash> crashes)
    {
        await using var walk = await CrashWalk.BeginAsync(lane, output);
        try
        {
            while (crashes.TryDequeue(out var crash)) await walk.StepAsync(crash);
            await walk.EndAsync();
        }
        catch
        {
            // The other lane need not go on.
            crashes.Clear();
            throw;
        }
    }
}

using System.Collections.Concurrent;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

/// <summary>
/// Random sequences of what may be asked of sandboxes, against a model: no line is lost and none comes twice in any timeline, input is taken once, exits and
/// the tree of checkpoints are what they must be. 25 in CI, more by <c>SANDBOX_TORTURE_SEQUENCES</c>, one again by <c>SANDBOX_TORTURE_SEED</c>.
/// </summary>
public sealed class SequenceTests(ITestOutputHelper output)
{
    private const int Lanes = 4;

    [Fact(Timeout = 3 * 3600 * 1000)]
    public async Task Random_sequences_do_what_the_model_does()
    {
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            await using var server = await SandboxServer.StartOnAsync(data, "--Pool:Size", "0");
            var first = Random.Shared.Next(1_000_000_000);
            var seeds = new ConcurrentQueue<int>(TortureSettings.Seed is { } one ? [one] : Enumerable.Range(first, TortureSettings.Sequences));
            output.WriteLine($"seeds from {seeds.First()}");
            await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => RunAsync(server, seeds)));
            Assert.Equal(0, await server.StopAsync());
            Assert.DoesNotContain("Exception", server.Log, StringComparison.Ordinal);
            var traces = Traces.Of(data);
            Assert.Empty(traces.Processes);
            Assert.Empty(traces.Mounts);
            Assert.Empty(traces.Cgroups);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private async Task RunAsync(SandboxServer server, ConcurrentQueue<int> seeds)
    {
        await using var hub = await HubClient.ConnectAsync(server.Address);
        while (seeds.TryDequeue(out var seed))
        {
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                await new Sequence(hub, seed).RunAsync();
            }
            catch (Exception e)
            {
                seeds.Clear();
                output.WriteLine($"{e}\nThe server said:\n{server.Log}");
                throw;
            }

            output.WriteLine($"{seed}: {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        }
    }
}

using Sandbox.Silo.Containers;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>Two real versions of runsc on one host: the one of this machine, and the one that SANDBOX_TEST_OTHER_RUNSC names.</summary>
[Collection("runsc")]
public sealed class RunscVersionTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_checkpoint_is_restored_by_the_version_that_made_it_where_another_one_is_the_usual(bool created)
    {
        var (recorded, other) = (await RunscInstallation.FindAsync(path: null, Cancellation), await OtherAsync());
        var installations = new RunscInstallations(other, [recorded]);
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { Runsc = installations.Usual });
        var layers = new ContainerSpec { Layers = [server.Layer()] };
        var image = Path.Combine(server.Data, "image");
        await using (var container = server.Runtime.Start(layers with { Runsc = recorded }))
        {
            await container.HelloAsync(Cancellation);
            Assert.Equal("1", await container.AskAsync("count", Cancellation));
            await container.CheckpointAsync(image, leaveRunning: false, Cancellation);
        }

        var fit = layers with { Runsc = installations.Find(recorded.Version.Text) };
        await using (var container = created ? await RestoreIntoCreatedAsync(server, fit, image) : server.Runtime.Restore(fit, image))
        {
            Assert.Equal("2", await container.AskAsync("count", Cancellation));

            // It can be put to sleep again by the one that runs it, and ends by it.
            await container.CheckpointAsync(Path.Combine(server.Data, "second"), leaveRunning: true, Cancellation);
            Assert.Equal("3", await container.AskAsync("count", Cancellation));
        }

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task The_usual_one_is_no_good_for_what_another_one_wrote()
    {
        var recorded = await RunscInstallation.FindAsync(path: null, Cancellation);
        var other = await OtherAsync();
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { Runsc = other });
        var layers = new ContainerSpec { Layers = [server.Layer()] };
        var image = Path.Combine(server.Data, "image");
        await using (var container = server.Runtime.Start(layers with { Runsc = recorded }))
        {
            await container.HelloAsync(Cancellation);
            await container.CheckpointAsync(image, leaveRunning: false, Cancellation);
        }

        await Assert.ThrowsAsync<ContainerRestoreException>(() => RestoreIntoCreatedAsync(server, layers, image));
        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    private static async Task<Container> RestoreIntoCreatedAsync(TestServer server, ContainerSpec spec, string image)
    {
        await using var container = await server.Runtime.CreateAsync(spec, Cancellation);
        return await container.RestoreAsync(image, Cancellation);
    }

    /// <summary>Not by <see cref="RunscInstallation.FindAsync"/>, which refuses what is too old for sandboxes: that it is another one is what counts here.</summary>
    private static async Task<RunscInstallation> OtherAsync()
    {
        var path = Environment.GetEnvironmentVariable("SANDBOX_TEST_OTHER_RUNSC");
        Assert.False(string.IsNullOrEmpty(path), "SANDBOX_TEST_OTHER_RUNSC names no other version of runsc: run these tests by './sandbox test'.");
        var said = await new RunscCommand(path).WithArguments("--version").ExecuteAsync(forceful: Cancellation);
        var other = new RunscInstallation(path, RunscVersion.Parse(said.Stdout)!);
        Assert.NotEqual((await RunscInstallation.FindAsync(path: null, Cancellation)).Version, other.Version);
        return other;
    }
}

using Sandbox.Silo.Residue;
using Sandbox.Silo.Tests.Containers;

namespace Sandbox.Silo.Tests.Residue;

[Collection("runsc")]
public sealed class ContainerResidueTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task What_a_dead_predecessor_left_is_found_named_and_removed()
    {
        await using var predecessor = await TestServer.StartAsync(binaries);
        await predecessor.Residue.RemoveAsync(Cancellation);
        var container = predecessor.Start();
        await container.HelloAsync(Cancellation);
        await container.AskAsync("deaf", Cancellation);

        // Its memory of the container is gone; only the data directory is known, as to a new process. The container's streams stay open, as if
        // somebody still held them.
        await using (var successor = await TestServer.StartAsync(binaries, data: predecessor.Data))
        {
            var found = await successor.Residue.RemoveAsync(Cancellation);

            Assert.Contains(found.Processes, process => process.CommandLine.Contains("runsc-sandbox", StringComparison.Ordinal));
            Assert.NotEmpty(found.Cgroups);
            Assert.Single(found.Bundles);
            Assert.NotEmpty(found.RunscState);
            Assert.True(successor.Residue.Inspect().IsEmpty, successor.Residue.Inspect().ToString());
            await container.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
            await container.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_frozen_container_of_a_predecessor_is_removed_too()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await server.Residue.RemoveAsync(Cancellation);
        var container = server.Start();
        await container.HelloAsync(Cancellation);
        container.Freeze();

        await server.Residue.RemoveAsync(Cancellation);

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
        await container.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task The_record_of_a_copied_data_directory_does_not_reach_the_original()
    {
        await using var original = await TestServer.StartAsync(binaries);
        await original.Residue.RemoveAsync(Cancellation);
        await using var container = original.Start();
        await container.HelloAsync(Cancellation);

        await using var copy = await TestServer.StartAsync(binaries);
        File.Copy(original.Directories.CgroupRecord, copy.Directories.CgroupRecord, overwrite: true);
        await copy.Residue.RemoveAsync(Cancellation);

        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_cgroups_processes_are_found_by_their_command_line()
    {
        await using var server = await TestServer.StartAsync(binaries, new Sandbox.Silo.Limits.NoCgroupTree("none here"));
        var container = server.Start();
        await container.HelloAsync(Cancellation);
        await container.AskAsync("deaf", Cancellation);

        var found = await server.Residue.RemoveAsync(Cancellation);

        Assert.Contains(found.Processes, process => process.CommandLine.Contains(container.Id, StringComparison.Ordinal));
        await container.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        await container.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public void A_second_server_on_one_data_directory_is_refused_with_the_first_ones_process_id()
    {
        var data = Directory.CreateTempSubdirectory("sandbox-silo-").FullName;
        try
        {
            using (DataDirectoryLock.Acquire(data))
            {
                var error = Assert.Throws<DataDirectoryInUseException>(() => DataDirectoryLock.Acquire(data));
                Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
                Assert.Contains("--data", error.Message, StringComparison.Ordinal);
            }

            DataDirectoryLock.Acquire(data).Dispose();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}

using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>A server whose blobs are in a directory that refuses renames, as a mounted bucket may.</summary>
public sealed class MountedBucketTests : IDisposable
{
    private const string Id = "mine";

    private readonly string _data = SandboxServer.CreateDataDirectory();
    private readonly string _blobs = Directory.CreateTempSubdirectory("sandbox-mounted-").FullName;
    private readonly string _elsewhere = Directory.CreateDirectory($"/dev/shm/sandbox-mounted-{Guid.NewGuid():N}").FullName;

    // What the store for several servers writes beside cannot be renamed into place from another file system.
    public MountedBucketTests() => Directory.CreateSymbolicLink(Path.Combine(_blobs, "temporary"), _elsewhere);

    public void Dispose()
    {
        Directory.Delete(_blobs, recursive: true);
        Directory.Delete(_elsewhere, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    [Fact(Timeout = 180_000)]
    public async Task One_server_has_its_sandboxes_there_through_a_crash_and_several_are_refused()
    {
        int read;
        await using (var server = await StartAsync())
        {
            await using var hub = await HubClient.ConnectAsync(server.Address);
            await hub.CallAsync("CreateSandbox", new { id = Id });
            await NumberedLines.StartAsync(hub, Id);
            read = await NumberedLines.ReadAsync(hub, Id, 10);
            await hub.CallAsync("SuspendSandbox", new { id = Id });
            read = await NumberedLines.ReadAsync(hub, Id, read + 10);
            await hub.CallAsync("SuspendSandbox", new { id = Id });
            await server.KillAsync();
        }

        await using (var server = await StartAsync())
        {
            await using var hub = await HubClient.ConnectAsync(server.Address);
            var listed = (await hub.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray().Single();
            Assert.Equal((Id, "suspended"), (listed.Text("id"), listed.Text("status")));
            await NumberedLines.ReadAsync(hub, Id, read + 10);
            await hub.DeleteAsync(Id);
            Assert.Equal(0, await server.StopAsync());
            Assert.Contains("must be the only one", server.Log, StringComparison.Ordinal);
        }

        var key = Path.Combine(_data, "keys", "checkpoints");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync("--shared-store", "true", "--Checkpoints:KeyFile", key));
        Assert.Contains("--blobs gs://BUCKET", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_elsewhere));
    }

    private Task<SandboxServer> StartAsync(params string[] arguments) =>
        SandboxServer.StartOnAsync(_data, ["--Pool:Size", "0", "--Pool:Created", "0", "--blobs", _blobs, .. arguments]);
}

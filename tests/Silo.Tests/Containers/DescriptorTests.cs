namespace Sandbox.Silo.Tests.Containers;

/// <summary>The server's own descriptors, which are the process's.</summary>
[Collection("alone")]
public sealed class DescriptorTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Containers_leave_no_descriptor_open()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await OneAsync(server);
        var before = Open().Length;
        for (var i = 0; i < 20; i++) await OneAsync(server);

        // One that each of them left would stay; the runtime's own, such as those of a thread, come and go.
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (Open() is var open && open.Length >= before + 10)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{before} before, and now {open.Length}: {string.Join(' ', open.Select(Target))}");
            await Task.Delay(20, Cancellation);
        }
    }

    private static async Task OneAsync(TestServer server)
    {
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);
    }

    private static string[] Open() => Directory.GetFileSystemEntries("/proc/self/fd");

    private static string Target(string descriptor) => new FileInfo(descriptor).LinkTarget ?? "closed";
}

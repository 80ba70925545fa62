using Microsoft.AspNetCore.SignalR;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A small sandbox with a program that counts.</summary>
internal static class Counting
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Creates it, with a checkpoint in the middle of the counting.</summary>
    /// <returns>The last number that was read behind the checkpoint.</returns>
    public static async Task<int> CreateAsync(HubClient hub, string id)
    {
        await hub.CallAsync("CreateSandbox", new { id, memoryBytes = 64 << 20, diskBytes = 16 << 20, processes = 32 });
        await NumberedLines.StartAsync(hub, id);
        await NumberedLines.ReadAsync(hub, id, 5);
        await hub.CallAsync("CheckpointSandbox", new { id });
        return await NumberedLines.ReadAsync(hub, id, 20);
    }

    /// <summary>Reads until a number was printed, and asks again while the answer is that the sandbox is not to be had yet.</summary>
    public static async Task<int> ReadAnywayAsync(HubClient hub, string id, int until)
    {
        while (true)
        {
            try
            {
                await hub.CallAsync("AttachSandbox", new { id });
                return await NumberedLines.ReadAsync(hub, id, until);
            }
            catch (HubException e) when (e.Message.Contains("unavailable", StringComparison.Ordinal) || e.Message.Contains("timeout", StringComparison.Ordinal))
            {
                await Task.Delay(100, Cancel);
            }
        }
    }

    /// <summary>The checkpoints that are listed.</summary>
    public static async Task<List<string>> CheckpointsAsync(HubClient hub, string id) =>
        [.. (await hub.CallAsync("ListCheckpoints", new { id })).GetProperty("checkpoints").EnumerateArray().Select(checkpoint => checkpoint.Text("id"))];

    /// <summary>Asserts that nothing that was begun for a checkpoint lies about.</summary>
    /// <param name="data">The server's data directory.</param>
    /// <param name="blobs">Its store of blobs.</param>
    public static void AssertNothingHalfDone(string data, string? blobs = null)
    {
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(data, "temporary")), entry => entry.Contains("unfinished", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(blobs ?? Path.Combine(data, "blobs"), "temporary")));
    }

    /// <summary>Waits for something outside of the server.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"It did not come to pass that {what}.");
            await Task.Delay(50, Cancel);
        }
    }
}

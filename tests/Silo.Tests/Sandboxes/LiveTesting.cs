using System.Text;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>What tests do with a sandbox again and again.</summary>
internal static class LiveTesting
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public static ProcessSpec Shell(string id, string script) => new() { Id = id, Arguments = ["sh", "-c", script] };

    public static ProcessSpec Code(string id, Language language, string code) =>
        new() { Id = id, Language = language, Code = Encoding.UTF8.GetBytes(code) };

    /// <summary>Starts a process, which must be a new one.</summary>
    public static async Task<ILiveProcess> StartAsync(this ILiveSandbox sandbox, ProcessSpec spec)
    {
        var outcome = await sandbox.StartAsync(spec, Test);
        Assert.True(outcome.Succeeded, outcome.Error?.Message);
        Assert.False(outcome.Value.Known);
        return outcome.Value.Process;
    }

    /// <summary>Everything that a channel holds, or will.</summary>
    public static async Task<string> TextAsync(this ILiveProcess process, ProcessChannel channel = ProcessChannel.Stdout, long from = 0, bool follow = true)
    {
        var text = new MemoryStream();
        await foreach (var item in process.ReadOutputAsync(channel, new OutputCursor(null, from), follow, Test))
        {
            if (item is OutputEnd) break;
            var data = Assert.IsType<OutputData>(item);
            Assert.Equal(from + text.Length, data.Offset);
            text.Write(data.Data);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Waits until a channel has begun with a text.</summary>
    public static async Task UntilAsync(this ILiveProcess process, string text, ProcessChannel channel = ProcessChannel.Stdout)
    {
        var seen = new StringBuilder();
        await foreach (var item in process.ReadOutputAsync(channel, new OutputCursor(null, 0), follow: true, Test))
        {
            Assert.True(item is not OutputEnd, $"The channel ended with: {seen}");
            seen.Append(Encoding.UTF8.GetString(Assert.IsType<OutputData>(item).Data));
            if (seen.ToString().Contains(text, StringComparison.Ordinal)) return;
        }
    }

    public static Task<Outcome<InputTaken>> TypeAsync(this ILiveProcess process, long offset, string text) =>
        process.WriteInputAsync(offset, Encoding.UTF8.GetBytes(text), Test);

    /// <summary>Waits for a condition.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, Test);
    }
}

using System.Text;
using System.Text.Json;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>A program that prints 1, 2, 3, ...: the witness that no line is lost or doubled.</summary>
internal static class NumberedLines
{
    public const string Process = "count";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task StartAsync(HubClient hub, string id) => hub.CallAsync("StartProcess", new
    {
        sandboxId = id,
        processId = Process,
        argv = new[] { "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done" },
    });

    /// <summary>
    /// Reads from the start until a number was printed, and checks that every line follows the one before, also in another history where the sandbox went
    /// back meanwhile.
    /// </summary>
    /// <returns>The last number that was read.</returns>
    public static async Task<int> ReadAsync(HubClient hub, string id, int until)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var text = new StringBuilder();
        var offset = 0L;
        await foreach (var item in hub.ReadOutputUntilAsync(id, Process, "stdout", 0, enough.Token))
        {
            if (item.Type() == "rewound")
            {
                offset = item.GetProperty("to").GetInt64();
                text.Length = (int)offset;
                continue;
            }

            Assert.True(item.Type() == "data", item.ToString());
            Assert.Equal(offset, item.Offset());
            offset += item.Data().Length;
            text.Append(Encoding.ASCII.GetString(item.Data()));
            var lines = text.ToString().Split('\n')[..^1];
            if (lines.Length < until) continue;
            Assert.Equal(Enumerable.Range(1, lines.Length).Select(number => $"{number}"), lines);
            return lines.Length;
        }

        throw new InvalidOperationException($"The output ended with: {text}");
    }

    /// <summary>The events of a sandbox up to now, as their types.</summary>
    public static async Task<List<string>> EventsAsync(HubClient hub, string id)
    {
        var types = new List<string>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = id, follow = false })) types.Add(happened.Type());
        return types;
    }

    public static long Epoch(this JsonElement answer) => answer.GetProperty("sandbox").GetProperty("epoch").GetInt64();
}

using System.Text;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

// What is asked of a sandbox's processes.
internal sealed partial class Sequence
{
    private static readonly string[] Counter = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.03; done"];

    private async Task StartAsync(ModelSandbox sandbox, bool counts)
    {
        var process = new ModelProcess($"{(counts ? 'c' : 'e')}{++_names}", counts);
        Note(sandbox, $"start {process.Id}");
        Assert.False(await StartAsync(sandbox, process));
        sandbox.Asleep = false;
        sandbox.Set(process);
    }

    private async Task StartAgainAsync(ModelSandbox sandbox)
    {
        if (Any(sandbox, _ => true) is not { } process) return;
        Note(sandbox, $"start {process.Id} again");
        Assert.True(await StartAsync(sandbox, process));
        sandbox.Asleep = false;
    }

    private async Task<bool> StartAsync(ModelSandbox sandbox, ModelProcess process) => (await hub.CallAsync("StartProcess", new
    {
        sandboxId = sandbox.Id,
        processId = process.Id,
        argv = process.Counts ? Counter : ["cat"],
        stdin = !process.Counts,
    })).GetProperty("known").GetBoolean();

    private async Task WriteAsync(ModelSandbox sandbox)
    {
        if (Any(sandbox, process => !process.Counts && !process.Killed) is not { } process) return;

        // From anywhere in what was given: what was taken is taken once.
        var offset = _random.Next(3) == 0 ? _random.Next(process.Input.Length + 1) : process.Input.Length;
        var added = string.Concat(Enumerable.Range(0, _random.Next(1, 300)).Select(_ => (char)_random.Next('a', 'z' + 1))) + "\n";
        Note(sandbox, $"write {process.Id} from {offset} {added.Length} bytes behind {process.Input.Length}");
        var input = process.Input + added;
        var data = Convert.ToBase64String(Encoding.ASCII.GetBytes(input[offset..]));
        Assert.Equal(input.Length, (await hub.CallAsync("WriteInput", new { sandboxId = sandbox.Id, processId = process.Id, offset, data })).Offset());
        sandbox.Asleep = false;
        sandbox.Set(process with { Input = input });
    }

    private async Task WriteBehindAGapAsync(ModelSandbox sandbox)
    {
        if (Any(sandbox, process => !process.Counts && !process.Killed) is not { } process) return;
        Note(sandbox, $"write {process.Id} behind a gap");
        var offset = process.Input.Length + 7;
        var refused = await hub.FailAsync("WriteInput", new { sandboxId = sandbox.Id, processId = process.Id, offset, data = Convert.ToBase64String("x"u8) });
        Assert.Equal(("conflict", process.Input.Length), (refused.Text("code"), refused.GetProperty("expected").GetInt32()));
        sandbox.Asleep = false;
    }

    private Task ReadAnyAsync(ModelSandbox sandbox) => Any(sandbox, _ => true) is { } process ? ReadAsync(sandbox, process) : Task.CompletedTask;

    /// <summary>Reads all from the start: of one that counts some lines more than were seen, of one that gives back all that it was given.</summary>
    private async Task ReadAsync(ModelSandbox sandbox, ModelProcess process)
    {
        Note(sandbox, $"read {process.Id}");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var text = new StringBuilder();
        var until = process.Counts ? process.Seen + 8 : process.Input.Length;
        var items = hub.ReadOutputUntilAsync(sandbox.Id, process.Id, "stdout", 0, enough.Token).GetAsyncEnumerator(enough.Token);
        await using (items)
        {
            while (process.Killed || text.Length < until)
            {
                Assert.True(await items.MoveNextAsync(), "The output ended without an end.");
                if (items.Current.Type() == "end") break;
                Assert.True(items.Current.Type() == "data", items.Current.ToString());
                Assert.Equal((text.Length, sandbox.Timeline), (items.Current.Offset(), items.Current.GetProperty("timeline").GetInt64()));
                text.Append(Encoding.ASCII.GetString(items.Current.Data()));
            }

            await enough.CancelAsync();
        }

        AssertOutput(process, text.ToString());
        if (text.Length > 0 || process.Killed || process.Counts) sandbox.Asleep = false;
        sandbox.Set(process with { Seen = text.Length });
    }

    private static void AssertOutput(ModelProcess process, string text)
    {
        Assert.True(text.Length >= process.Seen, $"{process}: only {text.Length} bytes are left");
        if (!process.Counts)
        {
            // One that was killed may not have come to give all of it back.
            Assert.Equal(process.Killed ? process.Input[..text.Length] : process.Input, text);
            return;
        }

        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(number => $"{number}"), lines);
    }

    private async Task KillAsync(ModelSandbox sandbox)
    {
        if (Any(sandbox, process => !process.Killed) is not { } process) return;
        Note(sandbox, $"kill {process.Id}");
        await hub.CallAsync("KillProcess", new { sandboxId = sandbox.Id, processId = process.Id });
        var ended = (await hub.CallAsync("WaitProcess", new { sandboxId = sandbox.Id, processId = process.Id })).GetProperty("process");
        sandbox.Asleep = false;
        sandbox.Set(process with { Killed = true });
        AssertProcess(sandbox.Processes[process.Id], ended);
    }
}

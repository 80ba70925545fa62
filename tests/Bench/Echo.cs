using System.Diagnostics;

namespace Sandbox.Bench;

/// <summary>A program that answers each byte with that byte.</summary>
/// <param name="Input">To it.</param>
/// <param name="Output">From it.</param>
/// <param name="End">Ends it.</param>
internal sealed record Echo(Stream Input, Stream Output, Func<ValueTask> End) : IAsyncDisposable
{
    // A server that has run for a while has compiled its code, which the runtime does behind the thirtieth call, and in the background.
    private const int WarmUp = 150;

    /// <summary>With pipes.</summary>
    public static string[] Cat { get; } = ["/bin/cat"];

    /// <summary>In a terminal, which does not echo by itself.</summary>
    public static string[] RawCat { get; } = ["/bin/sh", "-c", "stty raw -echo; exec cat"];

    public static Echo Of(Process process) => new(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, async () =>
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    });

    public static Echo Of(Sandboxes.SandboxProcess process, Stream output) => new(process.StandardInput, output, async () =>
    {
        await process.KillAsync();
        await process.DisposeAsync();
    });

    /// <summary>Presses keys on each in turn, and times what comes back.</summary>
    public static async Task<Sample[]> InTurnAsync(int keys, params Echo[] echoes)
    {
        var times = echoes.Select(_ => new List<double>()).ToArray();
        for (var key = -WarmUp; key < keys; key++)
        {
            for (var i = 0; i < echoes.Length; i++)
            {
                // As a person types: nothing is on its way any more.
                await Task.Delay(10);
                var began = Stopwatch.GetTimestamp();
                await echoes[i].PressAsync();
                if (key >= 0) times[i].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return [.. times.Select(Sample.Of)];
    }

    /// <summary>Presses a key until it comes back: the terminal of a program that has only begun echoes and shows more.</summary>
    public async Task SettleAsync()
    {
        var buffer = new byte[4096];
        var quiet = 0;
        while (quiet < 3)
        {
            await Task.Delay(300);
            await Input.WriteAsync("s"u8.ToArray());
            await Input.FlushAsync();
            quiet = await Output.ReadAsync(buffer) == 1 && buffer[0] == 's' ? quiet + 1 : 0;
        }
    }

    public ValueTask DisposeAsync() => End();

    private async Task PressAsync()
    {
        var key = new byte[] { (byte)'k' };
        await Input.WriteAsync(key);
        await Input.FlushAsync();
        if (await Output.ReadAsync(key) != 1 || key[0] != 'k') throw new InvalidOperationException($"Another byte came back: {key[0]}.");
    }
}

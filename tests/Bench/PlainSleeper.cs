using System.Diagnostics;
using System.Text;

namespace Sandbox.Bench;

/// <summary>A plain container that is checkpointed to a directory, and ended, and restored as another one from there.</summary>
internal sealed class PlainSleeper : IAsyncDisposable
{
    private readonly RunscBundle _bundle;
    private readonly Sleeper _sleeper;
    private readonly string _images = Directory.CreateTempSubdirectory("sandbox-bench-image-").FullName;
    private Process _running;
    private string _id;
    private int _count;

    private PlainSleeper(string platform, Sleeper sleeper)
    {
        _sleeper = sleeper;
        _bundle = new RunscBundle(platform, sleeper.Program);
        _id = NewId();
        _running = Spawn("run", "--bundle", _bundle.Directory, _id);
    }

    private string Image => Path.Combine(_images, $"{_count}");

    public static async Task<PlainSleeper> StartAsync(string platform, Sleeper sleeper)
    {
        var plain = new PlainSleeper(platform, sleeper);
        await plain.ExpectAsync(Sleeper.Ready);
        return plain;
    }

    public async Task CheckpointAsync()
    {
        // A directory of its own for each, as ours; the last one is not needed any more.
        using var checkpoint = Spawn("checkpoint", "--compression=none", $"--image-path={Directory.CreateDirectory(Image).FullName}", _id);
        await EndAsync(checkpoint);
        await _running.WaitForExitAsync();
        _running.Dispose();
    }

    /// <summary>Restores it, and asks it something.</summary>
    public async Task RestoreAsync()
    {
        var image = Image;
        _id = NewId();
        _running = Spawn("restore", $"--image-path={image}", "--bundle", _bundle.Directory, _id);
        await _running.StandardInput.WriteAsync(_sleeper.Line);
        await _running.StandardInput.FlushAsync();
        await ExpectAsync(_sleeper.Answer);
        Directory.Delete(image, recursive: true);
    }

    public async ValueTask DisposeAsync()
    {
        _running.StandardInput.Close();
        await _running.WaitForExitAsync();
        _running.Dispose();
        _bundle.Dispose();
        Directory.Delete(_images, recursive: true);
    }

    private string NewId() => $"bench-sleep-{Environment.ProcessId}-{++_count}-{Guid.NewGuid().ToString("n")[..6]}";

    private async Task ExpectAsync(string answer)
    {
        var bytes = new byte[answer.Length];
        var got = await _running.StandardOutput.BaseStream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false);
        if (got != bytes.Length || Encoding.ASCII.GetString(bytes) != answer)
        {
            var errors = got < bytes.Length ? await _running.StandardError.ReadToEndAsync() : "";
            throw new InvalidOperationException($"runsc: '{Encoding.ASCII.GetString(bytes, 0, got)}' {errors}");
        }
    }

    private static async Task EndAsync(Process process)
    {
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"runsc checkpoint: {await process.StandardError.ReadToEndAsync()}");
    }

    private Process Spawn(params string[] arguments)
    {
        var start = new ProcessStartInfo("runsc") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in _bundle.Flags.Concat(arguments)) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}

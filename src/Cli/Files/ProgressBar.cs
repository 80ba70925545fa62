namespace Sandboxes.Cli.Files;

/// <summary>Shows how far a copy is, on standard error where that is a terminal.</summary>
internal sealed class ProgressBar(string name) : IDisposable
{
    private const int Width = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly bool _shown = !Console.IsErrorRedirected;
    private long _last;
    private FileProgress _progress;

    /// <summary>The line for so many bytes.</summary>
    public static string Line(string name, FileProgress progress) => progress.Total is { } total
        ? $"{name} [{new string('#', Filled(progress.Done, total)).PadRight(Width)}] {Megabytes(progress.Done)} of {Megabytes(total)}"
        : $"{name} {Megabytes(progress.Done)}";

    public void Show(FileProgress progress)
    {
        _progress = progress;
        var over = progress.Done == progress.Total;
        if (!_shown || (!over && _last != 0 && TimeProvider.System.GetElapsedTime(_last) < Pause)) return;
        _last = TimeProvider.System.GetTimestamp();
        Console.Error.Write($"\r{Line(name, progress)}\e[K");
    }

    public void Dispose()
    {
        // Where the total is not known, the last word was not necessarily shown.
        if (_shown && _last != 0) Console.Error.WriteLine($"\r{Line(name, _progress)}\e[K");
    }

    private static int Filled(long done, long total) => total <= 0 ? Width : (int)Math.Clamp((double)done / total * Width, 0, Width);

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0} MB";
}

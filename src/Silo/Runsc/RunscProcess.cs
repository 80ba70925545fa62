using System.Collections.Immutable;
using System.Diagnostics;

namespace Sandbox.Silo.Runsc;

/// <summary>
/// A running runsc with its three streams. Reads of <see cref="Output"/> wait in epoll and hold no thread (.NET reads child pipes so).
/// Standard error is read all the time, and its end kept.
/// </summary>
internal sealed class RunscProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private bool _inputClosed;
    private bool _disposed;

    private RunscProcess(Process process, int stderrBytes)
    {
        _process = process;
        Stderr = new TailText(stderrBytes);
        Id = process.Id;
        Input = process.StandardInput.BaseStream;
        Output = process.StandardOutput.BaseStream;
        StderrEnded = PumpAsync(process.StandardError.BaseStream, Stderr);
        Exited = WaitAsync();
    }

    /// <summary>The process id.</summary>
    public int Id { get; }

    /// <summary>Writes go to its stdin.</summary>
    public Stream Input { get; }

    /// <summary>Reads come from its stdout.</summary>
    public Stream Output { get; }

    /// <summary>The end of its stderr so far.</summary>
    public TailText Stderr { get; }

    /// <summary>Completes when nobody holds its stderr any more: neither the program itself nor what it started and handed it to.</summary>
    public Task StderrEnded { get; }

    /// <summary>Its exit code (128 + signal where a signal ended it), as soon as it ended, also where others still hold its streams.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a program, which inherits nothing but its three streams.</summary>
    /// <param name="commandLine">The program and its arguments.</param>
    /// <param name="stderrBytes">Bytes of its stderr that are kept.</param>
    public static RunscProcess Start(ImmutableArray<string> commandLine, int stderrBytes)
    {
        var info = new ProcessStartInfo(commandLine[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in commandLine.AsSpan()[1..])
            info.ArgumentList.Add(argument);
        info.Environment.Clear();

        return new RunscProcess(Process.Start(info)!, stderrBytes);
    }

    /// <summary>Closes its stdin.</summary>
    public void CloseInput()
    {
        lock (_lock)
        {
            if (_inputClosed)
                return;
            _inputClosed = true;
        }

        try
        {
            Input.Dispose();
        }
        catch (IOException)
        {
            // Buffered bytes could not be written any more: the process has closed its end, which is what is wanted.
        }
    }

    /// <summary>Reads stdout to its end and keeps its tail. For calls that are no link.</summary>
    public async Task<TailText> CollectOutputAsync()
    {
        var text = new TailText(64 * 1024);
        await PumpAsync(Output, text);
        return text;
    }

    /// <summary>Sends a signal unless the process has ended.</summary>
    public void Signal(int signal)
    {
        // .NET reaps a child before HasExited says so, within one lock of its own; Kill checks under that lock, so an id that was given
        // to another process is never hit. Other signals go the short way.
        lock (_lock)
        {
            if (_disposed)
                return;
            if (signal == PosixSignals.Kill)
                _process.Kill();
            else if (!_process.HasExited)
                PosixSignals.Send(Id, signal);
        }
    }

    /// <summary>Ends the process if it still runs, and releases the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        CloseInput();
        Signal(PosixSignals.Kill);
        // A killed process ends soon, unless it hangs in the kernel; then it is better to leave it than to hang with it.
        await Task.WhenAny(Exited, Task.Delay(RunscCommand.GracePeriod));
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        await Output.DisposeAsync();
        await _process.StandardError.BaseStream.DisposeAsync();
        await StderrEnded;
        _process.Dispose();
    }

    private static async Task PumpAsync(Stream stream, TailText text)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer) is var read and > 0)
                text.Append(buffer.AsSpan(0, read));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Disposed while someone that the process left behind still held the other end.
        }
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}

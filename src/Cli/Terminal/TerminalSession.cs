using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Sandboxes.Cli.Terminal;

/// <summary>A program's terminal, shown on this process's own.</summary>
internal sealed class TerminalSession(SandboxProcess process)
{
    private static readonly PosixSignal[] s_leaving = [PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGINT];

    // Keys wait here while the connection is away. Those beyond are dropped, with a bell: the keys that leave must still be seen.
    private readonly Channel<byte[]> _keys = Channel.CreateBounded<byte[]>(1024);
    private readonly Channel<bool> _resized = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Shows it until it ends, or the user leaves.</summary>
    /// <returns>What to exit with; null when the user left.</returns>
    public async Task<int?> RunAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var raw = RawTerminal.Enter();
        using var resizing = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => _resized.Writer.TryWrite(true));
        var leaving = s_leaving.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            // The terminal must be put back before this process ends.
            context.Cancel = true;
            _left.TrySetResult();
        })).ToList();
        try
        {
            _resized.Writer.TryWrite(true); // it may have changed before, and a program that was there before draws again

            // Never awaited: it waits for keys.
            _ = Task.Factory.StartNew(ReadKeys, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var typing = TypeAsync(over.Token);
            var sizing = ResizeAsync(over.Token);
            var showing = process.Terminal.CopyToAsync(StandardStream.Output, 65_536, over.Token);
            if (await Task.WhenAny(showing, _left.Task) == showing)
            {
                await showing;
                return ExitCodes.Of(await process.WaitAsync(cancellationToken));
            }

            // What was typed before is still written, unless the connection is away.
            await Task.WhenAny(typing, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
            await over.CancelAsync();
            await Task.WhenAny(Task.WhenAll(typing, sizing, showing));
            return null;
        }
        finally
        {
            await over.CancelAsync();
            foreach (var registration in leaving) registration.Dispose();
        }
    }

    private void ReadKeys()
    {
        var escape = new EscapeKeys();
        var buffer = new byte[4096];
        try
        {
            while (StandardStream.Input.Read(buffer) is var count and > 0)
            {
                var keys = escape.Take(buffer.AsSpan(0, count), out var leaves);
                if (keys.Length > 0 && !_keys.Writer.TryWrite(keys)) Console.Error.Write('\a');
                if (leaves) break;
            }
        }
        catch (IOException)
        {
            // The terminal is gone.
        }

        _keys.Writer.TryComplete();
        _left.TrySetResult();
    }

    private async Task TypeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var keys in _keys.Reader.ReadAllAsync(cancellationToken)) await process.StandardInput.WriteAsync(keys, cancellationToken);
        }
        catch (SandboxException)
        {
            // The program has ended, or the connection cannot be had any more: its output says which.
        }
    }

    private async Task ResizeAsync(CancellationToken cancellationToken)
    {
        var nudged = false;
        await foreach (var _ in _resized.Reader.ReadAllAsync(cancellationToken))
        {
            var size = RawTerminal.Size;
            try
            {
                // A program that was there before draws again only when the size differs.
                if (!nudged && process.Terminal.Offset > 0 && size.Rows > 1) await process.ResizeAsync(size.Rows - 1, size.Cols, cancellationToken);
                nudged = true;
                await process.ResizeAsync(size.Rows, size.Cols, cancellationToken);
            }
            catch (SandboxException)
            {
                // The program has ended; or it keeps its size until the next change.
            }
        }
    }
}

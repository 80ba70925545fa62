using System.Runtime.InteropServices;

namespace Sandboxes.Cli.Terminal;

/// <summary>
/// This process's standard streams by read(2) and write(2). The console's own swallow a broken pipe, so that `exec ID -- yes | head` would
/// never end, and file streams write at offsets of their own, so that output and error in one file would overwrite each other.
/// </summary>
internal sealed partial class StandardStream : Stream
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    private readonly int _descriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    public static Stream Input { get; } = Open(0);

    public static Stream Output { get; } = Open(1);

    public static Stream Error { get; } = Open(2);

    public override bool CanRead => _descriptor == 0;

    public override bool CanSeek => false;

    public override bool CanWrite => _descriptor != 0;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var count = ReadDescriptor(_descriptor, buffer, buffer.Length);
            if (count >= 0) return (int)count;
            Retry(reading: true);
        }
    }

    /// <summary>Reads on this thread: whoever calls it has one to spare.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = WriteDescriptor(_descriptor, buffer, buffer.Length);
            if (count >= 0) buffer = buffer[(int)count..];
            else Retry(reading: false);
        }
    }

    /// <summary>Writes on this thread: a pipe that is full is what holds the program back.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static Stream Open(int descriptor) => !OperatingSystem.IsWindows()
        ? new StandardStream(descriptor)
        : descriptor switch { 0 => Console.OpenStandardInput(), 1 => Console.OpenStandardOutput(), _ => Console.OpenStandardError() };

    private void Retry(bool reading)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == Interrupted) return;

        // Somebody before us made it non-blocking.
        if (error != TryAgain && error != 35) throw new IOException($"Standard stream {_descriptor}: {Marshal.GetPInvokeErrorMessage(error)}.");
        var wanted = new Poll { Descriptor = _descriptor, Events = (short)(reading ? 1 : 4) };
        _ = WaitFor(ref wanted, 1, -1);
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadDescriptor(int descriptor, Span<byte> buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDescriptor(int descriptor, ReadOnlySpan<byte> buffer, nint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int WaitFor(ref Poll descriptors, nuint count, int timeout);

    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

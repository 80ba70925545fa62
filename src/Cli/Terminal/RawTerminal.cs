using System.Runtime.InteropServices;

namespace Sandboxes.Cli.Terminal;

/// <summary>
/// The terminal on standard input, made raw: every key comes as it is pressed, and nothing is echoed or turned into a signal. Disposing
/// puts it back.
/// </summary>
internal sealed partial class RawTerminal : IDisposable
{
    // Larger than any system's struct termios, which only libc looks into.
    private const int TermiosSize = 256;
    private const int AfterOutput = 1; // TCSADRAIN

    private readonly byte[] _before;
    private int _restored;

    private RawTerminal(byte[] before)
    {
        _before = before;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>Whether standard input and output are terminals.</summary>
    public static bool IsThere => !OperatingSystem.IsWindows() && IsTerminal(0) == 1 && IsTerminal(1) == 1;

    /// <summary>The terminal's size now; 24 by 80 where it has none.</summary>
    public static TerminalSize Size
    {
        get
        {
            if (OperatingSystem.IsLinux())
            {
                // ioctl is variadic, which is of no account on Linux's calling conventions.
                return GetSize(1, 0x5413, out var size) == 0 && size.Rows > 0 && size.Cols > 0
                    ? new TerminalSize(Math.Min((int)size.Rows, 1000), Math.Min((int)size.Cols, 1000))
                    : new TerminalSize(24, 80);
            }

            return new TerminalSize(Math.Clamp(Console.WindowHeight, 1, 1000), Math.Clamp(Console.WindowWidth, 1, 1000));
        }
    }

    /// <exception cref="UsageException">There is no terminal.</exception>
    public static RawTerminal Enter()
    {
        var (before, raw) = (new byte[TermiosSize], new byte[TermiosSize]);
        if (!IsThere || GetAttributes(0, before) != 0) throw new UsageException("shell needs a terminal: run exec instead, or run it in one.");
        before.CopyTo(raw, 0);
        MakeRaw(raw);
        if (SetAttributes(0, AfterOutput, raw) != 0)
        {
            throw new IOException($"The terminal cannot be made raw: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }

        return new RawTerminal(before);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _restored, 1) == 1) return;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        _ = SetAttributes(0, AfterOutput, _before);
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int descriptor, byte[] termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int descriptor, int when, byte[] termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte[] termios);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int GetSize(int descriptor, nuint request, out WindowSize size);

    private struct WindowSize
    {
        public ushort Rows;
        public ushort Cols;
        public ushort Width;
        public ushort Height;
    }
}

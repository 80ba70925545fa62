using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sandboxes.Cli.Tests;

/// <summary>The command line on a terminal, whose other end this is.</summary>
internal sealed partial class TestTerminal : IAsyncDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;

    private readonly Process _process;
    private readonly FileStream _master;
    private readonly StringBuilder _shown = new();
    private readonly Task _reading;
    private readonly string _name;

    public TestTerminal(Uri server, int rows, int cols, params string[] words)
    {
        var master = OpenMaster(ReadWrite | NoControllingTerminal);
        Assert.True(master >= 0 && Grant(master) == 0 && Unlock(master) == 0);
        var name = new byte[64];
        Assert.Equal(0, NameOf(master, name, name.Length));
        _name = Encoding.ASCII.GetString(name).TrimEnd('\0');
        Resize(master, rows, cols);
        _master = new FileStream(new SafeFileHandle(master, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);

        // A session of its own, whose first terminal becomes the one that controls it. The last line shows how the terminal was left.
        var start = new ProcessStartInfo(
            "setsid", ["--wait", "sh", "-c", """exec <>"$0" >&0 2>&0; stty -a | head -n 99 >/dev/null; dotnet "$@"; code=$?; stty | tr '\n' ' '; exit $code""", _name, CliProcess.Assembly, .. words])
        {
            UseShellExecute = false,
        };
        start.Environment["SANDBOX_URL"] = server.ToString();
        start.Environment["TERM"] = "vt220";
        _process = Process.Start(start)!;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public string Shown
    {
        get
        {
            lock (_shown) return _shown.ToString();
        }
    }

    public void Type(string keys) => _master.Write(Encoding.UTF8.GetBytes(keys));

    public void Resize(int rows, int cols) => Resize((int)_master.SafeFileHandle.DangerousGetHandle(), rows, cols);

    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _reading.WaitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading; // the terminal ends with the last process that has it
        await _master.DisposeAsync();
        _process.Dispose();
    }

    private static void Resize(int master, int rows, int cols)
    {
        var size = new WindowSize { Rows = (ushort)rows, Cols = (ushort)cols };
        Assert.Equal(0, SetSize(master, 0x5414, ref size));
    }

    private void Read()
    {
        var buffer = new byte[4096];
        var opened = false;
        while (true)
        {
            try
            {
                var count = _master.Read(buffer);
                if (count == 0) return;
                opened = true;
                lock (_shown) _shown.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
            catch (IOException) when (!opened && !_process.HasExited)
            {
                // Nobody has opened the other side yet.
                Thread.Yield();
            }
            catch (IOException)
            {
                return; // nobody has it open any more
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(int master);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(int master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int NameOf(int master, byte[] name, nint size);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int SetSize(int descriptor, nuint request, ref WindowSize size);

    private struct WindowSize
    {
        public ushort Rows;
        public ushort Cols;
        public ushort Width;
        public ushort Height;
    }
}

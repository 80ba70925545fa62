using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Sandbox.TestServer;

/// <summary>A real server in a process of its own, on a free port of the loopback, with a data directory that goes with it.</summary>
public sealed partial class SandboxServer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _ownsData;

    private SandboxServer(string data, bool ownsData, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
        : this(["serve", "--port", "0", "--data", data, .. arguments], environment) => (DataDirectory, _ownsData) = (data, ownsData);

    private SandboxServer(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        DataDirectory = "";
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments.Prepend(SetUp.ServerAssembly)) start.ArgumentList.Add(argument);

        // The pipes for debuggers would stay behind one that is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;

        // Faults on demand are refused elsewhere.
        if (arguments.Any(argument => argument.StartsWith("--Faults:", StringComparison.Ordinal))) start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"The server exited with code {_process.ExitCode}:\n{Log}"));
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The process's id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Where it keeps its data.</summary>
    public string DataDirectory { get; }

    /// <summary>A client whose base address is the server's. A response that is given up closes its connection at once, as a browser's would.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = TimeSpan.FromMinutes(3) };

    /// <summary>Its address, <c>http://127.0.0.1:PORT/</c>.</summary>
    public Uri Address => Http.BaseAddress!;

    /// <summary>Everything that it has printed.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Starts a server and waits until it is ready to execute.</summary>
    /// <param name="arguments">Further arguments, such as <c>--Pool:Size 0</c>.</param>
    public static Task<SandboxServer> StartAsync(params string[] arguments) =>
        StartAsync(CreateDataDirectory(), ownsData: true, arguments);

    /// <summary>Starts a server with further variables in its environment, and waits until it is ready to execute.</summary>
    public static Task<SandboxServer> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartAsync(CreateDataDirectory(), ownsData: true, arguments, environment);

    /// <summary>Starts a server on a data directory that outlives it, and does not wait until it is ready.</summary>
    public static SandboxServer Begin(string data) => new(data, ownsData: false, []);

    /// <summary>Starts a server on a data directory that outlives it.</summary>
    public static Task<SandboxServer> StartOnAsync(string data, params string[] arguments) => StartAsync(data, ownsData: false, arguments);

    /// <summary>Starts a gateway alone, which has no data directory.</summary>
    public static Task<SandboxServer> StartGatewayAsync(params string[] arguments) => ReadyAsync(new SandboxServer(["gateway", "--port", "0", .. arguments], environment: null));

    /// <summary>Starts a server that has the further templates of the product (node, python) too, and waits until it is ready to execute.</summary>
    public static Task<SandboxServer> StartWithTemplatesAsync(params string[] arguments) => StartAsync(CreateDataDirectory(further: true), ownsData: true, arguments);

    /// <summary>A new data directory that holds the base template, without a copy of its bytes.</summary>
    /// <param name="further">Whether it holds what else the set-up has unpacked, which takes a second to link.</param>
    public static string CreateDataDirectory(bool further = false)
    {
        // Beside the set-up's, because a hard link cannot leave its file system.
        var data = $"{Path.TrimEndingDirectorySeparator(SetUp.DataDirectory)}-test-{Guid.NewGuid().ToString("n")[..12]}";
        foreach (var directory in new[] { "", "layers", "blobs", "blobs/names" })
            Directory.CreateDirectory(Path.Combine(data, directory), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] layers = further ? Directory.GetDirectories(Path.Combine(SetUp.DataDirectory, "layers")) : [SetUp.RootFilesystem];
        // Nothing of what a server has stored there since, sandboxes and start states above all.
        foreach (var part in layers.Select(layer => Path.Combine("layers", Path.GetFileName(layer))).Concat(["blobs/names/templates", "blobs/names/layers", "images"]))
        {
            using var copy = Process.Start("cp", ["-al", Path.Combine(SetUp.DataDirectory, part), Path.Combine(data, Path.GetDirectoryName(part)!)]);
            copy.WaitForExit();
            if (copy.ExitCode != 0) throw new InvalidOperationException($"The set-up's {part} could not be linked into {data}: see above.");
        }

        return data;
    }

    /// <summary>Removes a data directory, and first whatever a server that was killed on it has left on the machine.</summary>
    public static async Task RemoveDataDirectoryAsync(string data)
    {
        if (Traces.ServerCgroups(data).Any() || Traces.Of(data) is { Processes.Count: > 0 } or { Mounts.Count: > 0 })
            await (await StartOnAsync(data, "--Pool:Size", "0", "--Pool:Created", "0")).DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Asks it to stop, as Ctrl-C does, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited) Signal(15);
        using var deadline = new CancellationTokenSource(StopDeadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            await KillAsync();
            throw new TimeoutException($"The server did not stop within {StopDeadline.TotalSeconds} s:\n{Log}", e);
        }

        return _process.ExitCode;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <exception cref="TimeoutException">It goes on.</exception>
    public async Task EndedAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The server did not end by itself within {within.TotalSeconds} s:\n{Log}", e);
        }
    }

    /// <summary>Ends it without a word, as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) Signal(9);
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends it a signal by number.</summary>
    public void Signal(int signal) => _ = SendSignal(_process.Id, signal);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            Http.Dispose();
            _process.Dispose();
            if (_ownsData) Directory.Delete(DataDirectory, recursive: true);
        }
    }

    private static Task<SandboxServer> StartAsync(
        string data, bool ownsData, string[] arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ReadyAsync(new SandboxServer(data, ownsData, arguments, environment));

    private static async Task<SandboxServer> ReadyAsync(SandboxServer server)
    {
        try
        {
            server.Http.BaseAddress = await server._ready.Task.WaitAsync(StartDeadline);
            return server;
        }
        catch
        {
            await server.KillAsync();
            await server.DisposeAsync();
            throw;
        }
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        if (ReadyLine().Match(line) is { Success: true } match) _ready.TrySetResult(new Uri(match.Groups["url"].Value));
    }

    [GeneratedRegex(@"ready at (?<url>http://127\.0\.0\.1:[0-9]+/?)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ReadyLine();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}

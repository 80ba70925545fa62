using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>
/// A program in a sandbox. It lives there and not here: disposing this ends the reading of its output and leaves it running.
/// </summary>
public sealed class SandboxProcess : IAsyncDisposable
{
    // Of the server's 300 seconds: short enough for proxies that dislike silence; and for taking turns, where many wait.
    private const double WaitSeconds = 30;
    private const double TurnSeconds = 2;

    private readonly HubLink _link;
    private readonly ProcessRequest _address;
    private readonly ProcessOutput? _stdout;
    private readonly ProcessOutput? _stderr;
    private readonly ProcessOutput? _terminal;
    private readonly ProcessInput? _input;
    private ProcessInfo _info;

    internal SandboxProcess(HubLink link, ProcessRequest address, ProcessInfo info, bool stdin, OutputOptions output)
    {
        (_link, _address, _info) = (link, address, info);
        if (info.Terminal is not null)
        {
            _terminal = OpenOutput("terminal", output);
        }
        else
        {
            _stdout = OpenOutput("stdout", output);
            _stderr = OpenOutput("stderr", output);
        }

        if (stdin) _input = new ProcessInput(link, address, info.StdinOffset);
    }

    /// <summary>Its id, which <see cref="Sandbox.GetProcessAsync"/> takes.</summary>
    public string Id => _info.Id;

    /// <summary>What is known of it as of the last answer; <see cref="DescribeAsync"/> asks anew.</summary>
    public ProcessInfo Info => _info;

    /// <summary>Its input.</summary>
    /// <exception cref="InvalidOperationException">It was started without.</exception>
    public ProcessInput StandardInput =>
        _input ?? throw new InvalidOperationException("The program was started without an input: set StartOptions.Stdin.");

    /// <summary>What it writes to its standard output.</summary>
    /// <exception cref="InvalidOperationException">It has a terminal instead.</exception>
    public ProcessOutput StandardOutput => _stdout ?? throw new InvalidOperationException("The program has a terminal: read Terminal.");

    /// <summary>What it writes to its standard error.</summary>
    /// <exception cref="InvalidOperationException">It has a terminal instead.</exception>
    public ProcessOutput StandardError => _stderr ?? throw new InvalidOperationException("The program has a terminal: read Terminal.");

    /// <summary>What it writes to its terminal.</summary>
    /// <exception cref="InvalidOperationException">It has pipes instead.</exception>
    public ProcessOutput Terminal =>
        _terminal ?? throw new InvalidOperationException("The program has no terminal: read StandardOutput and StandardError.");

    /// <summary>Another stream on one of its output logs, from any offset.</summary>
    /// <param name="channel"><c>stdout</c>, <c>stderr</c> or <c>terminal</c>.</param>
    /// <param name="options">From where and how.</param>
    public ProcessOutput OpenOutput(string channel, OutputOptions? options = null) =>
        new(_link, _address.SandboxId, _address.Token, _address.ProcessId!, channel, options ?? new OutputOptions());

    /// <summary>Waits until it has ended, however long that takes.</summary>
    public async Task<ProcessExit> WaitAsync(CancellationToken cancellationToken = default)
    {
        while (_info.Exit is null)
        {
            await _link.Waits.WaitAsync(cancellationToken);
            try
            {
                var seconds = _link.Waits.CurrentCount > 0 ? WaitSeconds : TurnSeconds;
                await CallAsync(
                    "WaitProcess", _address with { Timeout = seconds }, Repeat.Safe, cancellationToken, TimeSpan.FromSeconds(seconds) + _link.ReconnectTimeout);
            }
            catch (CallTimeoutException) when (!cancellationToken.IsCancellationRequested)
            {
                // It still runs, as far as anybody knows.
            }
            finally
            {
                _link.Waits.Release();
            }
        }

        return _info.Exit;
    }

    /// <summary>Reads its output to the end and waits for it. Holds the output in memory.</summary>
    public async Task<ProcessResult> GetResultAsync(CancellationToken cancellationToken = default)
    {
        var output = (_terminal ?? StandardOutput).ReadToEndAsync(cancellationToken);
        var error = _stderr?.ReadToEndAsync(cancellationToken) ?? Task.FromResult("");
        var exit = WaitAsync(cancellationToken);
        await Task.WhenAll(output, error, exit);
        return new ProcessResult(await exit, await output, await error);
    }

    /// <summary>Asks the server how it is.</summary>
    public Task<ProcessInfo> DescribeAsync(CancellationToken cancellationToken = default) =>
        CallAsync("DescribeProcess", _address, Repeat.Safe, cancellationToken);

    /// <summary>Ends it and all that came from it, at once (SIGKILL). Twice is once.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => CallAsync("KillProcess", _address, Repeat.Safe, cancellationToken);

    /// <summary>Sends it a signal by name, such as <c>TERM</c>.</summary>
    /// <param name="signal">The name, without SIG.</param>
    /// <param name="group">Whether its whole process group gets it.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="UnknownOutcomeException">The connection was lost meanwhile. A signal is not repeated, for twice is not once.</exception>
    public Task SignalAsync(string signal, bool group = false, CancellationToken cancellationToken = default) =>
        CallAsync("SignalProcess", _address with { Signal = signal, Group = group }, Repeat.Never, cancellationToken);

    /// <summary>Sends it a signal by number.</summary>
    /// <inheritdoc cref="SignalAsync(string, bool, CancellationToken)"/>
    public Task SignalAsync(int signal, bool group = false, CancellationToken cancellationToken = default) =>
        CallAsync("SignalProcess", _address with { Signal = signal, Group = group }, Repeat.Never, cancellationToken);

    /// <summary>Gives its terminal another size.</summary>
    /// <param name="rows">Lines, 1 to 1,000.</param>
    /// <param name="cols">Columns, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    public Task ResizeAsync(int rows, int cols, CancellationToken cancellationToken = default) =>
        CallAsync("ResizeTerminal", _address with { Rows = rows, Cols = cols }, Repeat.Safe, cancellationToken);

    /// <summary>Stops reading its output. It goes on, and its input stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var output in new[] { _stdout, _stderr, _terminal })
        {
            if (output is not null) await output.DisposeAsync();
        }
    }

    private async Task<ProcessInfo> CallAsync(
        string method, ProcessRequest request, Repeat repeat, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        var answer = await _link.CallAsync<ProcessAnswer>(method, request, repeat, cancellationToken, timeout);
        return _info = answer.Process;
    }
}

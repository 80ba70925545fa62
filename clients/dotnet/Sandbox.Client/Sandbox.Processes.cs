using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>Programs.</content>
public sealed partial class Sandbox
{
    /// <summary>Runs code. Returns when it has been started; the process has its output and its end.</summary>
    /// <param name="language"><c>python</c> or <c>bash</c>.</param>
    /// <param name="code">The program's text.</param>
    /// <param name="options">How it is started.</param>
    /// <param name="cancellationToken">Gives the call up; it may have been started.</param>
    /// <exception cref="UnknownOutcomeException">The answer was lost, and whether it ran cannot be known any more. It never runs twice.</exception>
    public Task<SandboxProcess> ExecAsync(string language, string code, StartOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(language);
        ArgumentNullException.ThrowIfNull(code);
        return StartAsync(request => request with { Language = language, Code = code }, options ?? new StartOptions(), cancellationToken);
    }

    /// <summary>Starts a program by its arguments, without a shell.</summary>
    /// <param name="argv">Its name or path, and its arguments.</param>
    /// <param name="options">How it is started.</param>
    /// <param name="cancellationToken">Gives the call up; it may have been started.</param>
    /// <exception cref="UnknownOutcomeException">The answer was lost, and whether it ran cannot be known any more. It never runs twice.</exception>
    public Task<SandboxProcess> SpawnAsync(IEnumerable<string> argv, StartOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] arguments = [.. argv];
        return StartAsync(request => request with { Argv = arguments }, options ?? new StartOptions(), cancellationToken);
    }

    /// <summary>Takes up a process that was started before, by its id. Its output is read from the beginning, unless <paramref name="output"/> says otherwise.</summary>
    /// <exception cref="NotFoundException">There is none under this id.</exception>
    public async Task<SandboxProcess> GetProcessAsync(string id, OutputOptions? output = null, CancellationToken cancellationToken = default)
    {
        var address = new ProcessRequest(Id, Token, id);
        var answer = await _link.CallAsync<ProcessAnswer>("DescribeProcess", address, Repeat.Safe, cancellationToken);
        return new SandboxProcess(_link, address, answer.Process, stdin: true, output ?? new OutputOptions());
    }

    /// <summary>Its processes, ended ones among them until the newest 256 push them out.</summary>
    public async Task<IReadOnlyList<ProcessInfo>> ListProcessesAsync(CancellationToken cancellationToken = default) =>
        (await _link.CallAsync<ProcessListAnswer>("ListProcesses", new ProcessRequest(Id, Token, null), Repeat.Safe, cancellationToken)).Processes;

    // Each try carries the same process id, and the epoch and timeline known at the first, so that a server can tell what became of that one.
    private async Task<SandboxProcess> StartAsync(Func<StartRequest, StartRequest> program, StartOptions options, CancellationToken cancellationToken)
    {
        var request = program(new StartRequest(Id, Token, options.Id ?? RandomId.New())
        {
            Env = options.Environment,
            Cwd = options.Cwd,
            User = options.User,
            Stdin = options.Stdin,
            Timeout = options.Timeout,
            Terminal = options.Terminal,
            OnFull = options.OnFull,
        });
        for (var refreshed = false; ; refreshed = true)
        {
            var repeated = false;
            try
            {
                var answer = await _link.CallAsync<StartedAnswer>(
                    "StartProcess", request with { Epoch = _info.Epoch, Timeline = _info.Timeline }, Repeat.Safe, cancellationToken,
                    onRepeat: () => repeated = true);
                return new SandboxProcess(
                    _link, new ProcessRequest(Id, Token, request.ProcessId), answer.Process, options.Stdin || options.Terminal is not null,
                    new OutputOptions { OnDiscontinuity = options.OnDiscontinuity });
            }
            catch (UnknownOutcomeException) when (options.Id is null && !repeated && !refreshed)
            {
                // At the very first try, with an id that nobody can have used before, it only says that what was known is old.
                await DescribeAsync(cancellationToken);
            }
        }
    }
}

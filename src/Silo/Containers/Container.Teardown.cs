using Sandbox.Silo.Residue;

namespace Sandbox.Silo.Containers;

internal sealed partial class Container
{
    /// <summary>Between looks at a cgroup whose processes are about to be gone: mostly one or two looks are enough.</summary>
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(2);

    private async Task TearDownAsync()
    {
        _process.CloseInput();
        // Nobody reads the input of a guest that never started, and what was checkpointed has nothing more to do.
        if (!_started || _checkpointed)
            Kill();
        if (!await EndsWithinAsync(Exited, _options.TeardownGrace))
        {
            LogIgnoredEndOfInput(_logger, Id, _options.TeardownGrace.TotalMilliseconds);
            Kill();
        }

        // The client's end comes a little before the sandbox's, which holds stderr for the guest.
        var gone = await EndsWithinAsync(Task.WhenAll(Exited, _process.StderrEnded), _options.KillDeadline) && await RemoveCgroupAsync();
        if (!gone)
            LogResidue(_logger, Id, string.Join(',', _cgroup.Processes), _options.KillDeadline.TotalSeconds);

        await _process.DisposeAsync();
        try
        {
            _directories.RemoveBundle(Id);
            _directories.RemoveRunscState(Id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing runs any more, which is what the owner waits for; a few small files can wait for the next start.
            LogFilesLeft(_logger, e, Id);
        }
    }

    private static async Task<bool> EndsWithinAsync(Task end, TimeSpan time)
    {
        try
        {
            await end.WaitAsync(time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>The cgroup goes once it is empty. Where there is none, command lines tell whether somebody is left: the gofer ends last.</summary>
    private async Task<bool> RemoveCgroupAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        var killed = false;
        while (!_cgroup.TryRemove() || Strays(kill: false))
        {
            var waited = TimeProvider.System.GetElapsedTime(started);
            if (waited > _options.KillDeadline)
                return false;
            if (!killed && waited > _options.TeardownGrace)
            {
                _cgroup.Kill();
                Strays(kill: true);
                killed = true;
            }

            await Task.Delay(_pollInterval);
        }

        return true;
    }

    /// <summary>Whether processes are left that no cgroup holds.</summary>
    private bool Strays(bool kill)
    {
        if (!_cgroup.EntryFiles.IsEmpty)
            return false;

        var found = false;
        foreach (var process in ProcessHandle.OpenAll())
        {
            var arguments = process.Arguments;
            if (!arguments.Contains($"--root={_directories.RunscRoot}", StringComparer.Ordinal)
                || !arguments.Any(argument => argument.EndsWith(Id, StringComparison.Ordinal)))
            {
                continue;
            }

            found = true;
            if (kill)
                process.Kill();
        }

        return found;
    }

    [LoggerMessage(1, LogLevel.Warning, "Container {Id} did not end within {Milliseconds} ms of the end of its input; killing it.")]
    private static partial void LogIgnoredEndOfInput(ILogger logger, string id, double milliseconds);

    [LoggerMessage(3, LogLevel.Warning, "Files of container {Id} could not be removed. The next start of the server will try again.")]
    private static partial void LogFilesLeft(ILogger logger, Exception exception, string id);

    [LoggerMessage(2, LogLevel.Error, "Processes {Processes} of container {Id} outlived SIGKILL by {Seconds} s. The next start of the server tries again.")]
    private static partial void LogResidue(ILogger logger, string id, string processes, double seconds);
}

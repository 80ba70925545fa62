using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Containers;

internal sealed partial class Container
{
    private const UnixFileMode PrivateDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Lock _gate = new();
    private bool _frozen;
    private bool _checkpointing;
    private volatile bool _checkpointed;

    /// <summary>Whether a checkpoint that ends the container came about; null where none was asked for.</summary>
    private volatile TaskCompletionSource<bool>? _sleep;

    /// <summary>
    /// Writes the container's whole state, memory and files, into a directory. The guest stands still meanwhile (0.05 s, and 0.3 s for 200 MB), and its
    /// link with it. What the link carried before is part of the image as far as it left the host; what is on its way then is the
    /// owner's affair, who had better hold the link quiet.
    /// </summary>
    /// <param name="directory">Is made, with mode 0700, or is there and empty. On an error nothing is left of it.</param>
    /// <param name="leaveRunning">
    /// Whether the container goes on. Otherwise it is ended and removed once the image is whole; <see cref="ContainerExit.Checkpointed"/> then says so.
    /// Between the two the guest runs for some milliseconds whose output nobody may use.
    /// </param>
    /// <param name="cancellationToken">Gives up. The guest stands still until runsc has written the image that nobody will see.</param>
    /// <exception cref="ContainerCheckpointException">There is no image; the container goes on where it can.</exception>
    /// <exception cref="InvalidOperationException">Another checkpoint of it is being made.</exception>
    public async Task<CheckpointImage> CheckpointAsync(string directory, bool leaveRunning, CancellationToken cancellationToken)
    {
        BeginCheckpoint();
        var sleep = leaveRunning ? null : new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _sleep = sleep;
        CheckpointImage? image = null;
        try
        {
            image = await WriteImageAsync(directory, cancellationToken);
        }
        finally
        {
            _checkpointed = image is not null && !leaveRunning;
            sleep?.SetResult(_checkpointed);
            lock (_gate)
                _checkpointing = false;
        }

        if (!leaveRunning)
            await DisposeAsync();
        return image;
    }

    private void BeginCheckpoint()
    {
        lock (_gate)
        {
            if (_checkpointing)
                throw new InvalidOperationException($"A checkpoint of container {Id} is being made already.");
            if (_frozen)
                throw new ContainerCheckpointException(CheckpointFailure.Frozen, $"Container {Id} is frozen; thaw it before a checkpoint.");
            if (_process.Exited.IsCompleted)
                throw HasEnded();
            _checkpointing = true;
        }
    }

    private async Task<CheckpointImage> WriteImageAsync(string directory, CancellationToken cancellationToken)
    {
        MakeDirectory(directory);
        var whole = false;
        try
        {
            // Always with --leave-running: without it runsc ends the container even where the image could not be written, and that way is not quicker.
            var deadline = _options.DeadlineFor(ReadUsage().MemoryBytes ?? 0);
            var checkpoint = _command.WithDeadline(deadline)
                .WithArguments("checkpoint", "--leave-running", "--compression=none", $"--image-path={Path.GetFullPath(directory)}", Id);
            var result = await checkpoint.ExecuteAsync(forceful: cancellationToken);
            if (result.ExitCode != 0)
                throw await ExplainAsync(result);

            var image = CheckpointImage.TryOpen(directory)
                ?? throw new ContainerCheckpointException(CheckpointFailure.Runsc, $"runsc said that it wrote a checkpoint of {Id}, but its files are not there.");
            whole = true;
            return image;
        }
        catch (RunscException e)
        {
            throw new ContainerCheckpointException(e is RunscUnavailableException ? CheckpointFailure.Runsc : CheckpointFailure.TimedOut, e.Message, e);
        }
        finally
        {
            if (!whole)
                RemoveDirectory(directory);
        }
    }

    private async Task<ContainerCheckpointException> ExplainAsync(RunscResult result)
    {
        // runsc hears of the sandbox's end before the one who waits for it does.
        if (await EndsWithinAsync(_process.Exited, _lastWords))
            return HasEnded();
        var full = result.Stderr.Contains("no space left on device", StringComparison.Ordinal);
        return new ContainerCheckpointException(
            full ? CheckpointFailure.NoSpace : CheckpointFailure.Runsc,
            full
                ? $"There is no space on the disk for a checkpoint of container {Id}, which goes on running. Make room, or give it less memory."
                : $"runsc could not checkpoint container {Id}, exit code {result.ExitCode}. Its stderr: {RestoreComplaint.Shorten(result.Stderr)}");
    }

    private ContainerCheckpointException HasEnded() => new(CheckpointFailure.Ended, $"Container {Id} has ended; there is nothing to checkpoint.");

    private static void MakeDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory, PrivateDirectory);
            File.SetUnixFileMode(directory, PrivateDirectory);
            if (!Directory.EnumerateFileSystemEntries(directory).Any())
                return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerCheckpointException(CheckpointFailure.Directory, $"Cannot make {directory} for a checkpoint: {e.Message}", e);
        }

        throw new ContainerCheckpointException(CheckpointFailure.Directory, $"{directory} is not empty; a checkpoint needs a directory of its own.");
    }

    private void RemoveDirectory(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody was quicker.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The reason why there is no image matters more than this.
            LogImageLeft(_logger, e, directory);
        }
    }

    [LoggerMessage(4, LogLevel.Warning, "What was written of a failed checkpoint could not be removed from {Directory}.")]
    private static partial void LogImageLeft(ILogger logger, Exception exception, string directory);
}

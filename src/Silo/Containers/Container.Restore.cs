using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Containers;

internal sealed partial class Container
{
    /// <summary>False for one that was created ahead and has no guest in it yet.</summary>
    private volatile bool _started = true;

    /// <summary>Reads the one byte by which the keeper says that the container is created.</summary>
    internal async Task WaitUntilCreatedAsync(CancellationToken cancellationToken)
    {
        _started = false;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.CreateDeadline);
        try
        {
            if (await FromGuest.ReadAsync(new byte[1], deadline.Token) == 1)
                return;
            var exit = await Exited.WaitAsync(deadline.Token);
            throw new ContainerStartException($"Cannot create container {Id}: exit code {exit.ExitCode}. Its stderr: {exit.Stderr}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ContainerStartException($"Container {Id} was not created within {_options.CreateDeadline.TotalSeconds:0.#} s. Is the machine overloaded?", e);
        }
    }

    /// <summary>Fills a created container from an image.</summary>
    internal async Task RestoreAsync(string imageDirectory, CancellationToken cancellationToken)
    {
        var image = CheckpointImage.TryOpen(imageDirectory)
            ?? throw new ContainerRestoreException(RestoreFailure.Image, $"There is no whole checkpoint in {imageDirectory}.");
        try
        {
            var restore = _command.WithDeadline(_options.DeadlineFor(image.Bytes))
                .WithArguments("restore", "--detach", $"--image-path={image.Directory}", $"--bundle={_directories.BundleOf(Id)}", Id);
            var result = await restore.ExecuteAsync(forceful: cancellationToken);
            if (result.ExitCode == 0)
            {
                _started = true;
                return;
            }

            throw new ContainerRestoreException(
                RestoreComplaint.Read(result.Stderr),
                $"runsc could not restore {image.Directory}, exit code {result.ExitCode}. Its stderr: {RestoreComplaint.Shorten(result.Stderr)}");
        }
        catch (RunscException e)
        {
            throw new ContainerRestoreException(e is RunscUnavailableException ? RestoreFailure.Runsc : RestoreFailure.TimedOut, e.Message, e);
        }
    }
}

using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Sandboxes;

// Through a checkpoint.
internal sealed partial class LiveSandbox
{
    private static readonly TimeSpan _quietWithin = TimeSpan.FromSeconds(20);

    /// <summary>Nothing that a client changes passes meanwhile. A sandbox whose files take longer has a checkpoint without them.</summary>
    private static readonly TimeSpan _walkedWithin = TimeSpan.FromSeconds(60);

    private volatile bool _suspended;

    /// <inheritdoc/>
    public bool HasHooks => _sandbox.Link.HasHooks;

    /// <inheritdoc/>
    public ColdStart? Cold { get; private set; }

    /// <summary>What changes the sandbox passes it; closed while a checkpoint is taken.</summary>
    public OperationGate Gate { get; } = new();

    /// <summary>Whether it was suspended: what runs in it is not over, but goes on elsewhere.</summary>
    public bool IsSuspended => _suspended;

    /// <summary>Does something to it that a checkpoint must not fall into.</summary>
    public async Task<SandboxError?> OperateAsync(Func<SandboxError?> operation, CancellationToken cancellationToken)
    {
        if (!await Gate.EnterAsync(cancellationToken)) return Refusal.Suspended();
        try
        {
            return operation();
        }
        finally
        {
            Gate.Leave();
        }
    }

    /// <inheritdoc/>
    public async Task<Outcome<CheckpointDescription>> CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken)
    {
        using var activity = HostMetrics.Activities.StartActivity(request.Suspend ? "sandbox.suspend" : "sandbox.checkpoint");
        var began = _time.GetTimestamp();
        var outcome = await TryCheckpointAsync(request, cancellationToken);
        HostMetrics.Checkpointed(_time.GetElapsedTime(began), request.Suspend, outcome.Value?.Bytes);
        return outcome;
    }

    private async Task<Outcome<CheckpointDescription>> TryCheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken)
    {
        if (Refuse() is { } refusal && refusal.Status is not SandboxStatus.Paused) return Refusal.Answer<CheckpointDescription>(refusal);
        try
        {
            using var files = _checkpointing.NewDirectory();
            await using var layer = _spec.KeepFiles && _snapshots.HasRoomOver(_sandbox.Root) ? _snapshots.NewLayer() : null;
            return Refusal.Answer(await CheckpointAsync(
                files.Directory,
                layer,
                request.Suspend,
                (processes, token) => SaveAsync(files.Directory, processes, token),
                kept => _checkpointing.SaveAsync(request, files.Directory, kept, kept is null ? null : layer!.Open, cancellationToken),
                cancellationToken));
        }
        catch (LinkException)
        {
            return Refusal.Answer<CheckpointDescription>(Refusal.Gone(await Ended));
        }
        catch (LeaseLostException)
        {
            return Refusal.Answer<CheckpointDescription>(Refusal.NotHeld());
        }
        catch (Exception e) when (e is ContainerCheckpointException or IOException or UnauthorizedAccessException)
        {
            return Refusal.Answer<CheckpointDescription>(Refusal.Unavailable($"The checkpoint could not be made, and the sandbox goes on: {e.Message}"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Refusal.Answer<CheckpointDescription>(Restless());
        }
    }

    private static SandboxError Restless() => Refusal.Unavailable(
        $"The sandbox did not come to rest within {_quietWithin.TotalSeconds} s, and goes on: something in it is being started and does not come to an end.");

    /// <summary>
    /// Takes a checkpoint. Nothing is lost whatever fails: then the sandbox goes on as if it had not been asked. Its programs run all the while; what they
    /// write while it is stored belongs to what comes after it, and of one that is being suspended to nothing. A paused
    /// one goes on for the time of the checkpoint.
    /// </summary>
    /// <param name="directory">An empty directory, which gets the checkpoint's files. The caller removes it.</param>
    /// <param name="layer">Takes what is written over the layers, as it is before the image is made; null where that is not kept beside it.</param>
    /// <param name="suspend">Whether the sandbox ends with it.</param>
    /// <param name="describe">Keeps what the host knows of it, while its link is held and none of its processes' output is taken.</param>
    /// <param name="store">Stores the files, and the layer where there is one.</param>
    /// <param name="cancellationToken">Gives up, and lets the sandbox go on.</param>
    /// <returns>What <paramref name="store"/> returned.</returns>
    /// <exception cref="LinkException">The sandbox has ended.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    private async Task<T> CheckpointAsync<T>(
        string directory, LayerIntake? layer, bool suspend, Func<LiveProcess[], CancellationToken, Task> describe, Func<LayerDescriptor?, Task<T>> store,
        CancellationToken cancellationToken)
    {
        LayerDescriptor? kept = null;
        bool paused;
        lock (_gate)
        {
            paused = _paused;
            Thaw();
        }

        using var late = new CancellationTokenSource(_quietWithin, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        // A second one fails here, before it could open what the first has closed.
        var closing = Gate.CloseAsync();
        LiveProcess[] processes = [];
        try
        {
            await closing.WaitAsync(either.Token);
            await CloseUploadsAsync(either.Token);
            if (layer is not null) kept = await KeepFilesAsync(layer, cancellationToken);
            await _sandbox.Link.HoldAsync();
            FaultPoints.Reach(FaultPoint.CheckpointHeld);
            lock (_gate) processes = [.. _processes];
            await Task.WhenAll(processes.Select(process => process.StopPumpsAsync()));
            await describe(processes, cancellationToken);
            FaultPoints.Reach(FaultPoint.CheckpointDescribed);
            await _sandbox.Container.CheckpointAsync(Path.Combine(directory, SandboxImage.Memory), leaveRunning: true, cancellationToken);
            FaultPoints.Reach(FaultPoint.CheckpointImaged);
            if (suspend)
            {
                var stored = await store(kept);
                _suspended = true;
                Gate.Break();
                return stored;
            }
        }
        finally
        {
            if (!_suspended)
            {
                await GoOnAsync(processes);
                if (paused) await PauseAsync(CancellationToken.None);
            }
        }

        return await store(kept);
    }

    /// <summary>The files as a layer; null where they are none that can be kept: they are in the image all the same, which is what counts.</summary>
    private async Task<LayerDescriptor?> KeepFilesAsync(LayerIntake layer, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_walkedWithin, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        string why;
        try
        {
            var walked = await LayerWalk.RunAsync(_sandbox.Link, layer, either.Token);
            if (walked.Succeeded) return await _snapshots.FinishAsync(layer);
            why = walked.Error.Message;
        }
        catch (Exception e) when (e is LayerException or InvalidDataException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            why = e.Message;
        }

        LogFilesNotKept(_sandbox.Container.Id, why);
        return null;
    }

    /// <summary>Takes over what an image has, before anybody knows of this sandbox.</summary>
    /// <param name="image">The image.</param>
    /// <param name="directory">The checkpoint's files.</param>
    /// <param name="timeline">The history that the image is of; null where this is another sandbox, which has but its own.</param>
    /// <param name="cancellationToken">Gives up; the sandbox is to be disposed of then.</param>
    /// <exception cref="IOException">The pieces cannot be read, or the disk is full.</exception>
    public async Task TakeOverAsync(SandboxImage image, string directory, long? timeline, CancellationToken cancellationToken)
    {
        _numbers = image.Starts;
        foreach (var kept in image.Processes)
        {
            var process = kept with { Channels = [.. kept.Channels.Select(channel => channel with { Partings = PartingsOf(channel, timeline) })] };
            var logs = new OutputLogs(
                process.Channels.Select(channel => channel.Channel), Path.Combine(_outputDirectory, $"{process.Number}"), process.Spec.OnFull, Timeline, _disk,
                channel => process.Channels.First(image => image.Channel == channel).Log.Start);
            foreach (var channel in process.Channels)
                await OutputLogFiles.RestoreAsync(channel.Log, logs[channel.Channel]!, Path.Combine(directory, SandboxImage.Logs), cancellationToken);
            var guest = _sandbox.Processes.GetValueOrDefault(process.Number) ?? _sandbox.Link.EndedProcess(Forgotten(process));
            var live = new LiveProcess(this, guest, process, logs, _time);
            lock (_gate)
            {
                _processes.Add(live);
                _starts[live.Id] = Task.FromResult(Refusal.Answer(live));
                if (process.End is not null) _endedProcesses.Enqueue(live);
            }

            if (process.End is null) _ = FollowAsync(live);
        }
    }

    /// <summary>Takes over what is left of a checkpoint's programs, which all have ended with it, before anybody knows of this sandbox.</summary>
    /// <param name="image">How they were, or null.</param>
    /// <param name="logs">The directory of what they had written, or null: then nothing is kept of them but their ids.</param>
    /// <param name="manifest">The checkpoint.</param>
    /// <param name="cancellationToken">Gives up; the sandbox is to be disposed of then.</param>
    /// <exception cref="IOException">The pieces cannot be read, or the disk is full.</exception>
    public async Task TakeOverEndedAsync(SandboxImage? image, string? logs, CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        Cold = new ColdStart(manifest.Created, image?.Processes.Where(process => process.End is null).Select(process => process.Spec.Id).ToList());
        if (image is null) return;
        _sandbox.Link.Skip(image.Link.LastNumber);
        await TakeOverAsync(logs is null ? image with { Processes = [] } : image.Ended(), logs ?? "", manifest.Timeline, cancellationToken);
    }

    private IReadOnlyList<LogParting> PartingsOf(LiveChannelImage channel, long? timeline)
    {
        if (timeline is not { } of) return [];
        return of < Timeline ? new LogPartings(channel.Partings).With(Timeline, channel.Log.End).All : channel.Partings;
    }

    private async Task SaveAsync(string directory, LiveProcess[] processes, CancellationToken cancellationToken)
    {
        var images = new List<LiveProcessImage>();
        var logs = Directory.CreateDirectory(Path.Combine(directory, SandboxImage.Logs)).FullName;
        foreach (var process in processes) images.Add(await process.SaveAsync(logs, cancellationToken));
        await new SandboxImage { Starts = _numbers, Link = _sandbox.Link.ToImage(), Processes = images }.SaveAsync(directory, cancellationToken);
    }

    private async Task GoOnAsync(LiveProcess[] processes)
    {
        foreach (var process in processes) process.StartPumps();
        try
        {
            if (_sandbox.Link.IsHeld) await _sandbox.Link.ResumeAsync(new GuestResumption());

            // Its going on has lifted what it was told before.
            _hold.Tell();
        }
        catch (LinkException)
        {
            // It has ended, which everyone learns from the link itself.
        }

        Gate.Open();
    }

    [LoggerMessage(403, LogLevel.Warning, "The checkpoint of sandbox {Id} has no layer of its files beside it: {Reason}")]
    private partial void LogFilesNotKept(string id, string reason);

    private static ProcessImage Forgotten(LiveProcessImage process) => new()
    {
        Number = process.Number,
        Id = process.Spec.Id,
        Pid = process.Pid,
        Phase = ProcessPhase.Drained,
        Start = new ProcessStart
        {
            Id = process.Spec.Id,
            Arguments = [],
            Directory = "/",
            Uid = 0,
            Gid = 0,
            ChannelsApart = true,
            Terminal = process.Terminal is { } size ? new TerminalSize((ushort)size.Rows, (ushort)size.Columns) : null,
        },
        InputSent = (ulong)process.InputSent,
        InputClosed = true,
        Channels =
        [
            .. process.Channels.Select(channel => new ChannelImage { Channel = (LinkChannel)channel.Channel, Taken = (ulong)channel.Log.End, Ended = true }),
        ],
    };
}

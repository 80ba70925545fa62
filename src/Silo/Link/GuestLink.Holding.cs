namespace Sandbox.Silo.Link;

// Standing still, for a checkpoint; and going on, on this link or, from a checkpoint's image, on another.
internal sealed partial class GuestLink
{
    private static readonly TimeSpan HeldWithin = TimeSpan.FromSeconds(10);

    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Lets the link stand still: when this completes, all that was said before has reached the agent, all that the agent said has come, and neither says
    /// anything until <see cref="ResumeAsync"/>. What is asked of the link meanwhile waits. The programs go on.
    /// </summary>
    /// <exception cref="LinkException">The link is over. One whose agent does not answer within 10 s is.</exception>
    /// <exception cref="InvalidOperationException">It is held already.</exception>
    public async Task HoldAsync()
    {
        Task held;
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end.ToException();
            }

            _state.Hold();
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            held = _held.Task;
        }

        _writer.Hold(FrameWriter.Hold());
        await AnswerAsync(held, "HOLD");
    }

    /// <summary>Whether it is held.</summary>
    public bool IsHeld => _state.Phase == LinkPhase.Held && !Ended.IsCompleted;

    /// <summary>Whether there was something in the sandbox's directory of hooks when it went on last.</summary>
    public bool HasHooks { get; private set; }

    /// <summary>Lets a held link go on.</summary>
    /// <param name="resumption">What the agent is told.</param>
    /// <exception cref="LinkException">The link is over. One whose agent does not answer within 10 s is.</exception>
    /// <exception cref="InvalidOperationException">It is not held.</exception>
    public async Task ResumeAsync(GuestResumption resumption)
    {
        var frame = FrameWriter.Fields(FrameType.Resume, 0, GuestResumption.ToFields(resumption))!;
        Task resumed;
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end.ToException();
            }

            _state.Resume();
            _resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            resumed = _resumed.Task;
        }

        _writer.Resume(frame);
        await AnswerAsync(resumed, "RESUME");
    }

    /// <summary>What a held link is, for a checkpoint. Nobody may read output meanwhile.</summary>
    /// <exception cref="InvalidOperationException">It is not held.</exception>
    public LinkImage ToImage()
    {
        lock (_gate)
        {
            if (_state.Phase != LinkPhase.Held)
            {
                throw new InvalidOperationException("Only a held link can be described.");
            }

            var processes = _processes.Values.OrderBy(process => process.Number).Select(process => process.ToImage());
            return new LinkImage { LastNumber = _lastNumber, DiskBytes = _diskBytes, Processes = [.. processes] };
        }
    }

    /// <summary>Goes on from an image, on the streams of the container that was restored from the checkpoint beside it.</summary>
    /// <returns>The link, and its processes by number: all that the image has.</returns>
    /// <exception cref="LinkException">The agent does not answer. The streams are closed.</exception>
    public static async Task<(GuestLink Link, IReadOnlyDictionary<uint, GuestProcess> Processes)> RestoreAsync(
        Stream toGuest, Stream fromGuest, LinkImage image, GuestResumption resumption, TimeProvider time, ILogger logger)
    {
        var link = new GuestLink(toGuest, fromGuest, [], image.DiskBytes, time, logger);
        link._state.Restore();
        link._lastNumber = image.LastNumber;
        link._writer.StartHeld();
        foreach (var process in image.Processes)
        {
            link._processes.Add(process.Number, new GuestProcess(link, link._writer, process));
        }

        var processes = new Dictionary<uint, GuestProcess>(link._processes);
        link._loops = Task.WhenAll(Task.Run(link.ReadAsync, CancellationToken.None), Task.Run(link.WriteAsync, CancellationToken.None));
        try
        {
            await link.ResumeAsync(resumption);
            // What the guest knows of what was taken may be older.
            foreach (var process in processes.Values)
            {
                process.AcknowledgeTaken();
            }

            return (link, processes);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>A process of a sandbox that goes on from an image, which had ended and was forgotten: for those who still ask about it.</summary>
    public GuestProcess EndedProcess(ProcessImage process) => new(this, _writer, process);

    private async Task AnswerAsync(Task answer, string question)
    {
        try
        {
            await answer.WaitAsync(HeldWithin, _time);
        }
        catch (TimeoutException)
        {
            End(new LinkEnd(LinkEndKind.GuestFailed, $"The guest agent did not answer {question} within {HeldWithin.TotalSeconds} s."));
            throw (await Ended).ToException();
        }
    }
}

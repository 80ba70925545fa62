namespace Sandbox.Silo.Link;

/// <summary>Output of a process that waits for one reader: that of one channel, or of all in order of arrival. Its owner locks.</summary>
internal sealed class OutputFeed
{
    /// <summary>What waits.</summary>
    public OutputQueue Queue { get; } = new();

    /// <summary>Wakes the reader.</summary>
    public Pulse Pulse { get; } = new();

    /// <summary>Whether somebody reads.</summary>
    public bool Reading { get; set; }

    /// <summary>Completes when the reader has come for more after it got all that the process itself wrote, or nothing more can come.</summary>
    public TaskCompletionSource CaughtUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace Sandbox.Silo.Faults;

/// <summary>Faults on demand, for tests of what becomes of sandboxes then. Section <c>Faults</c>. Refused unless the environment is Development.</summary>
internal sealed class FaultOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Faults";

    /// <summary>A file that says what is to fail now, read whenever it matters (<see cref="FaultOrder"/>); null: nothing ever does.</summary>
    public string? Control { get; set; }

    /// <summary>How far this server's wall clock is ahead of the machine's; negative: behind.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>Whether anything is asked for.</summary>
    public bool Any => Control is not null || ClockOffset != TimeSpan.Zero;
}

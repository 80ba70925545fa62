using System.Collections.Immutable;

namespace Sandbox.Silo.Runsc;

/// <summary>
/// One call of runsc, as a value: each <c>With...</c> returns a changed copy. Arguments are a list that no shell sees, and the environment is empty.
/// </summary>
/// <param name="executable">Absolute path of the runsc to call. Several versions may lie side by side, so it belongs to the call.</param>
internal sealed partial class RunscCommand(string executable)
{
    /// <summary>Time after which a call counts as hung unless said otherwise. The slowest one measured takes 1.5 s on a quiet machine.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Time from asking runsc to end (SIGTERM) to ending it (SIGKILL).</summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(2);

    private RunscCommand(RunscCommand source)
        : this(source.Executable)
    {
        GlobalFlags = source.GlobalFlags;
        Arguments = source.Arguments;
        Launcher = source.Launcher;
        Deadline = source.Deadline;
    }

    /// <summary>Absolute path of runsc.</summary>
    public string Executable { get; } = executable;

    /// <summary>Flags before the verb. runsc needs all of them on every call: it does not remember what a container was made with.</summary>
    public ImmutableArray<string> GlobalFlags { get; private init; } = [];

    /// <summary>The verb and what follows it.</summary>
    public ImmutableArray<string> Arguments { get; private init; } = [];

    /// <summary>A program and its arguments that becomes runsc, or empty: how runsc is placed into cgroups.</summary>
    public ImmutableArray<string> Launcher { get; private init; } = [];

    /// <summary>Time that a call which is waited for may take. Not for <see cref="Start"/>: an attached container runs as long as it is wanted.</summary>
    public TimeSpan Deadline { get; private init; } = DefaultDeadline;

    /// <summary>Everything that is executed, program first.</summary>
    public ImmutableArray<string> CommandLine => [.. Launcher, Executable, .. GlobalFlags, .. Arguments];

    /// <summary>A copy with these global flags.</summary>
    public RunscCommand WithGlobalFlags(params IEnumerable<string> flags) => new(this) { GlobalFlags = [.. flags] };

    /// <summary>A copy with this verb and its arguments.</summary>
    public RunscCommand WithArguments(params IEnumerable<string> arguments) => new(this) { Arguments = [.. arguments] };

    /// <summary>A copy that is started by way of another program.</summary>
    public RunscCommand WithLauncher(params IEnumerable<string> launcher) => new(this) { Launcher = [.. launcher] };

    /// <summary>A copy with another deadline.</summary>
    public RunscCommand WithDeadline(TimeSpan deadline)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(deadline, TimeSpan.Zero);
        return new(this) { Deadline = deadline };
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', CommandLine);
}

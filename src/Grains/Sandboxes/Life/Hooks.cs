using Sandbox.Grains.Processes;

namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// The hooks of a sandbox: what its programs have put into <c>/run/sandbox/hooks.d</c> to be run whenever it goes on from a checkpoint. They are one process of the
/// sandbox, as its user and with nothing that he could not do himself, so that all they can harm is theirs.
/// </summary>
internal static class Hooks
{
    /// <summary>What the ids begin with of processes that no client starts.</summary>
    public const string ReservedPrefix = "sandbox.";

    private const string Prefix = ReservedPrefix + "hooks.";

    // Links and pipes are followed and opened as the user. A hook's own exit code is told; one that fails keeps none of the others from running.
    private const string Script =
        """
        read -r SANDBOX_ID < /run/sandbox/id; read -r SANDBOX_GENERATION < /run/sandbox/generation; export SANDBOX_ID SANDBOX_GENERATION
        failed=0
        for hook in /run/sandbox/hooks.d/*; do
            test -f "$hook" && test -x "$hook" || continue
            "$hook" "$1" || { echo "$hook: exit code $?" >&2; failed=1; }
        done
        exit $failed
        """;

    /// <summary>For all of them together.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Whether a process is not a client's.</summary>
    public static bool IsReserved(string processId) => processId.StartsWith(ReservedPrefix, StringComparison.Ordinal);

    /// <summary>Whether hooks have ended otherwise than all of them with code 0. Where nothing is known of their end, nothing is said.</summary>
    public static bool Failed(string processId, ProcessEnd? end) =>
        processId.StartsWith(Prefix, StringComparison.Ordinal) && end is not (null or { Reason: ProcessEndReason.Exited, Code: 0 } or { Reason: ProcessEndReason.SandboxEnded });

    /// <summary>The process that runs them.</summary>
    /// <param name="epoch">The sandbox's epoch, which no other container of it had.</param>
    /// <param name="forked">Whether this is another sandbox than the one that the checkpoint was taken of.</param>
    public static ProcessSpec Start(long epoch, bool forked) => new()
    {
        Id = $"{Prefix}{epoch}",
        Arguments = ["/bin/sh", "-c", Script, "hooks", forked ? "fork" : "restore"],
        Directory = "/",
        Root = false,
        Timeout = Limit,
    };
}

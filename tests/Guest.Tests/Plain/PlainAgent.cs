using System.Diagnostics;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>
/// Starts the sanitized agent on this machine's own kernel, as PID 1 of namespaces of its own: it mounts, unshares and starts programs as in a
/// sandbox, with this machine's root as the layer. Needs root, as the server does.
/// </summary>
internal static class PlainAgent
{
    public static async Task<AgentSession> StartAsync(GuestBinaries binaries, Configuration? configuration = null)
    {
        var session = Attach(binaries);
        await session.ConfigureAsync(configuration ?? new Configuration());
        return session;
    }

    /// <summary>An agent that has not been configured.</summary>
    public static AgentSession Attach(GuestBinaries binaries)
    {
        var command = new ProcessStartInfo("unshare", ["--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc", binaries.Sanitized]);
        // The agent is not dumpable, and the leak sanitizer would have to trace it.
        command.Environment["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=0";
        command.Environment["UBSAN_OPTIONS"] = "print_stacktrace=1";
        return AgentSession.Attach(command, () => ValueTask.CompletedTask);
    }
}

using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Cluster;

/// <summary>
/// What a silo does that the others have declared dead, or that cannot go on for another reason: it ends what runs on it, and then itself, with exit code 70. Its sandboxes
/// are others' by then, or soon; whoever supervises it starts it again, and it joins as a new member.
/// </summary>
internal sealed partial class FencedSilo(IServiceProvider services, ILogger<FencedSilo> logger) : IFatalErrorHandler
{
    /// <summary>The exit code.</summary>
    public const int ExitCode = 70;

    private static readonly TimeSpan _endsWithin = TimeSpan.FromSeconds(10);
    private int _ending;

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _ending, 1) != 0) return;
        LogFenced(exception, context ?? exception?.Message ?? "no reason was given");

        // Orleans' threads must not wait for it. Sees its own failures.
        _ = Task.Run(EndAsync);
    }

    private async Task EndAsync()
    {
        try
        {
            await services.GetRequiredService<LiveSandboxes>().StopAsync(CancellationToken.None).WaitAsync(_endsWithin);
        }
        catch (Exception e)
        {
            // Their agents end them when their links do, and the next start removes what is left.
            LogNotEnded(e);
        }

        Environment.Exit(ExitCode);
    }

    [LoggerMessage(283, LogLevel.Critical, "This silo cannot go on as a member of its cluster, and ends: {Reason}")]
    private partial void LogFenced(Exception? exception, string reason);

    [LoggerMessage(284, LogLevel.Error, "Not all sandboxes could be ended; the next start removes what is left")]
    private partial void LogNotEnded(Exception exception);
}

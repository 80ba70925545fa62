namespace Sandbox.Silo.Hosting.CloudRun;

/// <summary>Says at start which variables of Cloud Run Sandbox are not honoured, and why.</summary>
internal sealed partial class CloudRunNotes(CloudRunSettings settings, ILogger<CloudRunNotes> logger) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var note in settings.Notes) LogNote(note);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(280, LogLevel.Warning, "Not as the environment says it: {Note}.")]
    private partial void LogNote(string note);
}

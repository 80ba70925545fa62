namespace Sandbox.Silo.Output;

internal sealed partial class OutputLog
{
    [LoggerMessage(300, LogLevel.Warning,
        "Output log {Directory}/{Name} cannot be written to the disk: until it can, only what fits into memory is kept. Said once for a log")]
    private partial void LogWriteFailed(Exception error, string? directory, string name);

    [LoggerMessage(301, LogLevel.Warning, "Output log {Directory}/{Name} cannot be read from offset {Offset}: readers get a gap. Said once for a log")]
    private partial void LogReadFailed(Exception error, string? directory, string name, long offset);

    [LoggerMessage(302, LogLevel.Warning, "Files of output log {Directory}/{Name} could not be deleted")]
    private partial void LogDeleteFailed(Exception error, string? directory, string name);

    [LoggerMessage(303, LogLevel.Information,
        "Output log {Directory}/{Name} gets no more disk, all that its budget allows is taken: its oldest bytes fall out early. Said once for a log")]
    private partial void LogBudgetSpent(string? directory, string name);
}

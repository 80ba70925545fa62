namespace Sandbox.Silo.Output;

/// <summary>What the output logs of a sandbox share: their bounds, the writer of the host, and how much of the disk they may take together.</summary>
/// <param name="options">The bounds of a log.</param>
/// <param name="writer">What writes to the disk, for the whole host.</param>
/// <param name="budget">The disk bytes that all of them may take.</param>
/// <param name="time">Times the pause after a failure of the disk.</param>
/// <param name="logger">Hears of failures of the disk.</param>
internal sealed class OutputDisk(OutputLogOptions options, SpillWriter writer, SpillBudget budget, TimeProvider time, ILogger logger)
{
    /// <summary>A new log.</summary>
    public OutputLog CreateLog(OutputLogSetup setup) => new(setup, options, writer, budget, time, logger);
}

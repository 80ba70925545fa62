using System.ComponentModel;

namespace Sandbox.Silo.Runsc;

internal sealed partial class RunscCommand
{
    /// <summary>Bytes kept of the stderr of a call that is waited for: with a failure come two stack traces of 4 KB each, behind the words that matter.</summary>
    public const int StderrBytes = 32 * 1024;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    /// <summary>Starts runsc and returns at once; the caller owns the process.</summary>
    /// <param name="stderrBytes">Bytes of its stderr that are kept.</param>
    /// <exception cref="RunscUnavailableException">The program could not be started.</exception>
    public RunscProcess Start(int stderrBytes = TailText.DefaultCapacity)
    {
        try
        {
            return RunscProcess.Start(CommandLine, stderrBytes);
        }
        catch (Win32Exception e)
        {
            throw new RunscUnavailableException(
                $"Cannot start {CommandLine[0]}: {e.Message}. Install runsc (`./sandbox setup` does) or point the setting for its path to it.", e);
        }
    }

    /// <summary>Calls runsc and waits for its end.</summary>
    /// <param name="forceful">Ends runsc at once, by SIGKILL.</param>
    /// <param name="graceful">Asks runsc to end, by SIGTERM, and ends it after <see cref="GracePeriod"/>.</param>
    /// <returns>Its exit code and output, whatever the code is.</returns>
    /// <exception cref="OperationCanceledException">One of the tokens was cancelled; runsc is gone.</exception>
    /// <exception cref="RunscException">It passed its deadline and was ended.</exception>
    /// <exception cref="RunscUnavailableException">The program could not be started.</exception>
    public async Task<RunscResult> ExecuteAsync(CancellationToken forceful = default, CancellationToken graceful = default)
    {
        forceful.ThrowIfCancellationRequested();
        graceful.ThrowIfCancellationRequested();

        await using var process = Start(StderrBytes);
        process.CloseInput();
        var stdout = process.CollectOutputAsync();

        using var deadline = new CancellationTokenSource(Deadline);
        using var afterGrace = new CancellationTokenSource();
        await using (graceful.Register(() =>
        {
            process.Signal(PosixSignals.Terminate);
            afterGrace.CancelAfter(GracePeriod);
        }))
        {
            using var any = CancellationTokenSource.CreateLinkedTokenSource(forceful, deadline.Token, afterGrace.Token);
            try
            {
                var code = await process.Exited.WaitAsync(any.Token);
                forceful.ThrowIfCancellationRequested();
                graceful.ThrowIfCancellationRequested();
                // What it said last may still be in the pipe, which whoever it left behind may hold open.
                await Task.WhenAny(process.StderrEnded, Task.Delay(LastWords, CancellationToken.None));
                return new RunscResult(code, (await stdout).ToString(), process.Stderr.ToString());
            }
            catch (OperationCanceledException e) when (deadline.IsCancellationRequested
                && !forceful.IsCancellationRequested && !graceful.IsCancellationRequested)
            {
                throw new RunscException(
                    $"runsc {string.Join(' ', Arguments)} did not end within {Deadline.TotalSeconds:0.#} s and was ended. " +
                    "The machine may be overloaded; if it repeats, look at the stderr and for a hung process of this container." + Detail(process.Stderr), e)
                { Stderr = process.Stderr.ToString() };
            }
        }
    }

    /// <summary>As <see cref="ExecuteAsync"/>, where any other exit code than 0 is an error.</summary>
    /// <exception cref="RunscException">runsc failed.</exception>
    public async Task<RunscResult> ExecuteSuccessfullyAsync(CancellationToken forceful = default, CancellationToken graceful = default)
    {
        var result = await ExecuteAsync(forceful, graceful);
        if (result.ExitCode == 0)
            return result;

        throw new RunscException($"runsc {string.Join(' ', Arguments)} failed with exit code {result.ExitCode}. Its stderr: {result.Stderr}")
        {
            Stderr = result.Stderr,
        };
    }

    private static string Detail(TailText stderr) => stderr.ToString() is { Length: > 0 } text ? $" Its stderr: {text}" : "";
}

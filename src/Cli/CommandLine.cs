using System.CommandLine;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli;

/// <summary>Runs what a command line says, and tells failures.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(RootCommand root, string[] arguments)
    {
        // An argument that begins with @ is an argument and no file.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"sandbox: {error.Message}");
            await Console.Error.WriteLineAsync($"See: sandbox {parsed.CommandResult.Command.Name} --help");
            return ExitCodes.Usage;
        }

        try
        {
            // Signals belong to the commands: exec passes them on.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Signal + 2; // by a signal, before there was anything to pass it on to
        }
        catch (Exception e) when (e is SandboxException or UsageException or UriFormatException or ArgumentException)
        {
            await Failure.PrintAsync(e, json: arguments.TakeWhile(word => word != "--").Contains("--json", StringComparer.Ordinal));
            return parsed.CommandResult.Command.Name is "exec" or "shell" ? ExitCodes.NotTheProgram : ExitCodes.Failed;
        }
    }
}

using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests;

/// <summary>Runs the tests, or, when a test starts this program again, what that test needs another process for.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments) =>
        arguments is ["blob-process", .. var work]
            ? await BlobProcess.RunAsync(work)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
}

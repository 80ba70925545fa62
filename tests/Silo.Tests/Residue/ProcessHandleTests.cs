using System.Diagnostics;
using Sandbox.Silo.Residue;

namespace Sandbox.Silo.Tests.Residue;

public sealed class ProcessHandleTests
{
    [Fact]
    public void One_that_is_let_go_twice_closes_nothing_that_has_its_number_by_then()
    {
        var process = ProcessHandle.Open(Environment.ProcessId);
        Assert.NotNull(process);
        process.Dispose();
        var files = Enumerable.Range(0, 64).Select(_ => File.OpenRead("/proc/self/status")).ToList();
        try
        {
            process.Dispose();
            Assert.All(files, file => Assert.NotEqual(-1, file.ReadByte()));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task It_ends_the_process_that_it_holds_and_says_what_that_was()
    {
        using var sleep = Process.Start("sleep", "4711");
        using (var process = ProcessHandle.Open(sleep.Id))
        {
            Assert.NotNull(process);
            Assert.Equal(["sleep", "4711"], process.Arguments);
            process.Kill();
        }

        await sleep.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + 9, sleep.ExitCode);
        Assert.Null(ProcessHandle.Open(sleep.Id));
    }
}

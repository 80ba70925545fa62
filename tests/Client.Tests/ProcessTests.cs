using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

public sealed class ProcessTests : ClientTest
{
    [Fact(Timeout = 60_000)]
    public async Task Code_runs_and_its_output_and_exit_are_told()
    {
        var process = Own(await Box.ExecAsync("python", "print(1)", new StartOptions { Timeout = TimeSpan.FromSeconds(2.5) }, Cancel));
        var program = Scripted.OnlyProcess;
        Assert.Equal(("python", "print(1)", 2.5), (
            program.Request.GetProperty("language").GetString(), program.Request.GetProperty("code").GetString(),
            program.Request.GetProperty("timeout").GetDouble()));
        program.Out.Write("1\n"u8);
        program.Channels["stderr"].Write("warning"u8);
        program.End(code: 3);
        var result = await process.GetResultAsync(Cancel);
        Assert.Equal(("1\n", "warning", 3), (result.StandardOutput, result.StandardError, result.Exit.Code));
        Assert.Equal(3, Assert.Throws<ProcessFailedException>(result.Exit.EnsureSuccess).Exit.Code);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("timeout", typeof(ProcessTimeoutException), "process_timeout")]
    [InlineData("sandbox_ended", typeof(SandboxGoneException), "gone")]
    [InlineData("out_of_memory", typeof(ProcessFailedException), "process_failed")]
    [InlineData("killed", typeof(ProcessFailedException), "process_failed")]
    public async Task The_ways_to_end_are_told_apart(string reason, Type type, string code)
    {
        var (process, program) = await SpawnAsync();
        program.End(reason, code: null, signal: 9);
        var exit = await process.WaitAsync(Cancel);
        var e = Assert.ThrowsAny<SandboxException>(exit.EnsureSuccess);
        Assert.Equal((type, code), (e.GetType(), e.Code));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_stalls_is_sent_no_more_than_a_window_and_holds_up_nobody_else()
    {
        var (stalled, flood) = await SpawnAsync();
        var (echo, program) = await SpawnAsync(new StartOptions { Stdin = true });
        var bytes = new byte[2_000_000];
        new Random(1).NextBytes(bytes);
        flood.Out.Write(bytes);
        flood.End();
        var all = new byte[bytes.Length];
        await stalled.StandardOutput.ReadExactlyAsync(all.AsMemory(0, 1), Cancel);

        // A keystroke on the same connection, and its echo.
        await echo.StandardInput.WriteAsync("k"u8.ToArray(), Cancel);
        program.Out.Write(program.In.Bytes);
        var key = new byte[1];
        Assert.Equal(1, await echo.StandardOutput.ReadAsync(key, Cancel));
        Assert.Equal("k"u8.ToArray(), key);

        await stalled.StandardOutput.ReadExactlyAsync(all.AsMemory(1), Cancel);
        Assert.Equal(bytes, all);
        Assert.Equal(0, await stalled.StandardOutput.ReadAsync(all, Cancel));
        Assert.InRange(World.MostAhead, 100_000, 262_144);
        Assert.Equal(bytes.Length, stalled.StandardOutput.Offset);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancelled_read_loses_nothing()
    {
        var (process, program) = await SpawnAsync();
        var buffer = new byte[10];
        using (var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100)))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => process.StandardOutput.ReadExactlyAsync(buffer, soon.Token).AsTask());
        }

        program.Out.Write("here"u8);
        Assert.Equal(4, await process.StandardOutput.ReadAsync(buffer, Cancel));
        var waiting = process.StandardOutput.ReadAsync(buffer, Cancel).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => process.StandardOutput.ReadExactlyAsync(buffer, Cancel).AsTask());
        program.End();
        Assert.Equal(0, await waiting);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancelled_write_is_made_up_for_before_the_next_one()
    {
        var (process, program) = await SpawnAsync(new StartOptions { Stdin = true });
        program.InputRoom = 2;
        using (var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300)))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.StandardInput.WriteAsync("first "u8.ToArray(), soon.Token));
        }

        program.InputRoom = long.MaxValue;
        await process.StandardInput.WriteAsync("second"u8.ToArray(), Cancel);
        await process.StandardInput.DisposeAsync();
        Assert.Equal("first second"u8.ToArray(), program.In.Bytes);
        Assert.True(program.In.Ended);
    }

    [Fact(Timeout = 60_000)]
    public async Task Output_that_fell_out_of_the_log_fails_one_read_and_the_next_goes_on_behind()
    {
        var (process, program) = await SpawnAsync();
        program.Out.Write("lost kept"u8);
        program.Out.DropBefore(5);
        program.End();
        var e = await Assert.ThrowsAsync<OutputGapException>(() => process.StandardOutput.ReadToEndAsync(Cancel));
        Assert.Equal((ErrorCode.Gap, 5), (e.Code, e.Discontinuity.LostBytes));
        Assert.Equal("kept", await process.StandardOutput.ReadToEndAsync(Cancel));

        var told = new List<OutputDiscontinuity>();
        await using var tolerant = process.OpenOutput("stdout", new OutputOptions { OnDiscontinuity = told.Add });
        Assert.Equal("kept", await tolerant.ReadToEndAsync(Cancel));
        Assert.Equal([e.Discontinuity], told);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stream_that_the_server_completes_too_early_or_cannot_give_now_is_asked_for_again()
    {
        var (process, program) = await SpawnAsync();
        World.EarlyEnds = 2;
        World.Order("ReadOutput", new Fault(Error: new { code = "unavailable", message = "Not now." }));
        program.Out.Write("all"u8);
        program.End();
        Assert.Equal("all", await process.StandardOutput.ReadToEndAsync(Cancel));
        Assert.Equal(4, World.Calls["ReadOutput"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_terminal_is_read_written_and_resized()
    {
        var (process, program) = await SpawnAsync(new StartOptions { Terminal = new TerminalOptions { Rows = 10, Cols = 20 } });
        Assert.Equal(20, program.Request.GetProperty("terminal").GetProperty("cols").GetInt32());
        await process.ResizeAsync(30, 100, Cancel);
        Assert.Equal((30, 100), program.Size);
        await process.StandardInput.WriteAsync("\x03"u8.ToArray(), Cancel);
        program.Out.Write(program.In.Bytes);
        program.End();
        Assert.Equal("\x03", await process.Terminal.ReadToEndAsync(Cancel));
        Assert.Throws<InvalidOperationException>(() => process.StandardOutput);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_process_is_taken_up_by_its_id_and_two_readers_see_the_same()
    {
        var (process, program) = await SpawnAsync(new StartOptions { Stdin = true });
        await process.StandardInput.WriteAsync("one "u8.ToArray(), Cancel);
        program.Out.Write("hello "u8);
        await using var other = await Sandbox.AttachAsync(Server.Address, Box.Id, Box.Token, cancellationToken: Cancel);
        var same = Own(await other.GetProcessAsync(process.Id, cancellationToken: Cancel));
        await same.StandardInput.WriteAsync("two"u8.ToArray(), Cancel);
        program.Out.Write("both"u8);
        program.End();
        Assert.Equal("hello both", await same.StandardOutput.ReadToEndAsync(Cancel));
        Assert.Equal("hello both", await process.StandardOutput.ReadToEndAsync(Cancel));
        Assert.Equal("one two"u8.ToArray(), program.In.Bytes);
        Assert.Equal([process.Id], (await Box.ListProcessesAsync(Cancel)).Select(p => p.Id));
        await using var tail = process.OpenOutput("stdout", new OutputOptions { Offset = 6, Follow = false });
        Assert.Equal("both", await tail.ReadToEndAsync(Cancel));
        await Assert.ThrowsAsync<NotFoundException>(() => Box.GetProcessAsync("nobody", cancellationToken: Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task Disposing_in_the_middle_of_a_read_ends_it()
    {
        var (process, _) = await SpawnAsync();
        var reading = process.StandardOutput.ReadAsync(new byte[1], Cancel).AsTask();
        await process.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        var waiting = process.WaitAsync(Cancel);
        await Box.DisposeAsync();
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => waiting);
    }
}

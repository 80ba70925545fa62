using System.Text;

namespace Sandboxes.Tests;

public sealed class RewindTests : ClientTest
{
    [Fact(Timeout = 60_000)]
    public async Task A_rewind_fails_a_read_of_the_old_history_and_the_next_goes_on_in_the_new_one()
    {
        var (process, program) = await SpawnAsync();
        program.Out.Write("kept "u8);
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        program.Out.Write("never happened"u8);
        await process.StandardOutput.ReadExactlyAsync(new byte[19], Cancel);
        var reading = process.StandardOutput.ReadAsync(new byte[1], Cancel).AsTask();
        Assert.Equal(2, (await Box.RewindAsync(checkpoint.Id, Cancel)).Timeline);
        OutputGapException e = await Assert.ThrowsAsync<RewoundException>(() => reading);
        Assert.Equal((ErrorCode.Rewound, new OutputDiscontinuity("stdout", Rewound: true, 2, 19, 5, 0)), (e.Code, e.Discontinuity));
        Assert.Equal((19, 5, 2), (((RewoundException)e).From, ((RewoundException)e).To, ((RewoundException)e).Timeline));
        program.Out.Write("future"u8);
        program.End();
        Assert.Equal("future", await process.StandardOutput.ReadToEndAsync(Cancel));
        await using var whole = process.OpenOutput("stdout");
        Assert.Equal("kept future", await whole.ReadToEndAsync(Cancel));
        await Assert.ThrowsAsync<NotFoundException>(() => Box.RewindAsync("nowhere", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_takes_rewinds_goes_on_however_far_that_is_back()
    {
        var told = new List<OutputDiscontinuity>();
        var (process, program) = await SpawnAsync(new StartOptions { OnDiscontinuity = told.Add });
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        foreach (var size in new[] { 1_000_000, 700_000 })
        {
            program.Out.Write(new byte[size]);
            await process.StandardOutput.ReadExactlyAsync(new byte[size], Cancel);
            await Box.RewindAsync(checkpoint, Cancel);
        }

        program.End();
        Assert.Empty(await process.StandardOutput.ReadAllAsync(Cancel));
        Assert.Equal([(1_000_000, 0, 2), (700_000, 0, 3)], told.Select(rewind => (rewind.From, rewind.To, rewind.Timeline)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_new_history_as_long_as_what_was_read_is_not_mistaken_for_it()
    {
        var (process, program) = await SpawnAsync();
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        program.Out.Write("first"u8);
        await process.StandardOutput.ReadExactlyAsync(new byte[5], Cancel);
        await Box.RewindAsync(checkpoint, Cancel);
        program.Out.Write("other words"u8);
        await Assert.ThrowsAsync<RewoundException>(() => process.StandardOutput.ReadExactlyAsync(new byte[1], Cancel).AsTask());
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_has_read_nothing_yet_reads_the_new_history()
    {
        var (process, program) = await SpawnAsync();
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        var reading = process.StandardOutput.ReadToEndAsync(Cancel);
        while (!World.Calls.ContainsKey("ReadOutput")) await Task.Delay(1, Cancel);
        await Box.RewindAsync(checkpoint, Cancel);
        program.Out.Write("new"u8);
        program.End();
        Assert.Equal("new", await reading);
    }

    [Fact(Timeout = 60_000)]
    public async Task Input_at_an_offset_that_a_rewind_made_wrong_is_a_conflict_and_not_tried_for_ever()
    {
        var (process, program) = await SpawnAsync(new StartOptions { Stdin = true });
        await process.StandardInput.WriteAsync("kept "u8.ToArray(), Cancel);
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        await process.StandardInput.WriteAsync("lost"u8.ToArray(), Cancel);
        await Box.RewindAsync(checkpoint, Cancel);
        var writes = World.Calls["WriteInput"];
        var refused = await Assert.ThrowsAsync<ConflictException>(() => process.StandardInput.WriteAsync("more"u8.ToArray(), Cancel).AsTask());
        Assert.Equal((5, writes + 1), (refused.Expected, World.Calls["WriteInput"]));
        await Assert.ThrowsAsync<ConflictException>(() => process.StandardInput.EndAsync(Cancel));

        var again = Own(await Box.GetProcessAsync(process.Id, cancellationToken: Cancel));
        await again.StandardInput.WriteAsync("more"u8.ToArray(), Cancel);
        await again.StandardInput.EndAsync(Cancel);
        Assert.Equal("kept more", Encoding.UTF8.GetString(program.In.Bytes));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_started_after_the_checkpoint_is_gone_and_starts_go_on()
    {
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        var (late, _) = await SpawnAsync();
        await Box.RewindAsync(checkpoint, Cancel);
        await Assert.ThrowsAsync<NotFoundException>(() => late.WaitAsync(Cancel));
        var (_, program) = await SpawnAsync(new StartOptions { Id = "chosen" });
        Assert.Equal(2, program.Request.GetProperty("timeline").GetInt64());
    }
}

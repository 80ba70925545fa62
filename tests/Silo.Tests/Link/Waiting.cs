using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>Everything on a link that can wait, waiting at once.</summary>
internal sealed class Waiting
{
    private readonly List<Task> _tasks = [];

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    /// <summary>Process 1 runs and was sent 5 bytes of input; process 2 waits for its answer; process 3 is a mould that is being poured.</summary>
    public static async Task<Waiting> OnAsync(ScriptedGuest guest)
    {
        var waiting = new Waiting();
        var running = await guest.StartAsync();
        Assert.True(await running.WriteInputAsync("hello"u8.ToArray(), Test));
        await guest.ExpectAsync(FrameType.Input);
        var starting = guest.Link.StartAsync(ScriptedGuest.Shell with { Id = "q" }, Test);
        await guest.ExpectAsync(FrameType.Start);
        var mould = await guest.StartAsync(ScriptedGuest.Shell with { Id = "m", Mould = new Mould("/run/s") });
        var pouring = mould.PourAsync(new ProcessPour { Content = new byte[1] }, Test);
        await guest.ExpectAsync(FrameType.Pour);
        waiting._tasks.AddRange([
            starting, pouring, running.Exited, running.Drained, mould.Exited, ReadAsync(running), ReadAsync(mould),
            mould.WriteInputAsync(new byte[1 << 20], Test), mould.WriteInputAsync(new byte[1], Test), mould.EndInputAsync(Test),
        ]);
        return waiting;
    }

    /// <summary>Each has failed, with this end, but for those that a legal frame before it completed.</summary>
    public async Task AllFailWithAsync(LinkEnd end)
    {
        foreach (var task in _tasks)
        {
            try
            {
                await task.WaitAsync(Test);
            }
            catch (LinkException e)
            {
                Assert.Same(end, e.End);
                Assert.Equal(end.Kind == LinkEndKind.Violation, e is LinkViolationException);
            }
        }

        // The start and the mould's exit are never answered by a legal frame.
        Assert.True(_tasks[0].IsFaulted);
        Assert.True(_tasks[1].IsFaulted);
        Assert.True(_tasks[4].IsFaulted);
        Assert.All(_tasks.Skip(6), task => Assert.True(task.IsFaulted));
    }

    /// <summary>Each has completed, one way or the other; a failure is the link's.</summary>
    public async Task CompleteAsync()
    {
        foreach (var task in _tasks)
        {
            try
            {
                await task.WaitAsync(Test);
            }
            catch (LinkException)
            {
                // One of the two ways.
            }
        }
    }

    private static async Task ReadAsync(GuestProcess process)
    {
        await foreach (var chunk in process.ReadOutputAsync(OutputUntil.Ended, Test))
        {
            Assert.NotEmpty(chunk.Data);
        }
    }
}

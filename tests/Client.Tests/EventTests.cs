using Sandbox.TestServer;

namespace Sandboxes.Tests;

public sealed class EventTests : ClientTest
{
    [Fact(Timeout = 60_000)]
    public async Task Events_come_in_order_through_losses_and_end_with_the_sandbox()
    {
        var proxy = Own(new CuttingProxy(Server.Address, seed: 5, cuts: 10, mostBytes: 1_000));
        await using var watcher = await Sandbox.AttachAsync(proxy.Address, Box.Id, cancellationToken: Cancel);
        Scripted.FirstEvent = 4;
        for (var i = 0; i < 5; i++) Scripted.Happen("process_started", "p");
        var numbers = new List<long>();
        await foreach (var happened in watcher.Events(since: 1, cancellationToken: Cancel))
        {
            if (numbers.Count == 0)
            {
                Assert.Equal(("gap", 2L, 3L), (happened.Type, happened.From, happened.To));
            }

            numbers.Add(happened.Sequence);
            if (happened.Sequence > 4 && proxy.CutsLeft > 0) Scripted.Happen("process_exited", "p");
            else if (happened.Sequence > 4 && Scripted.Status is "running") await Box.DeleteAsync(Cancel);
        }

        Assert.Equal(0, proxy.CutsLeft);
        Assert.Equal([0, .. Enumerable.Range(4, numbers.Count - 1).Select(n => (long)n)], numbers);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_that_has_seen_enough_is_none_to_the_server_any_more()
    {
        Scripted.Happen("process_started", "p");
        await foreach (var happened in Box.Events(since: 0, cancellationToken: Cancel))
        {
            Assert.Equal((1, 1), (Volatile.Read(ref Scripted.EventReaders), happened.Sequence));
            break;
        }

        while (Volatile.Read(ref Scripted.EventReaders) != 0) await Task.Delay(10, Cancel);
        Assert.Equal("running", (await Box.DescribeAsync(Cancel)).Status.ToString(), ignoreCase: true);
    }
}

using Sandbox.Gateway.Processes.Output;

namespace Sandbox.Gateway.Tests.Processes;

public sealed class OutputWindowTests
{
    private const int Deadline = 10_000;

    private readonly OutputWindow _window = new(1000);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task What_is_acknowledged_makes_room_and_lets_the_sender_go_on()
    {
        Assert.Equal(OutputWindow.Size, _window.Room);
        _window.Advance(OutputWindow.Size);
        Assert.Equal(0, _window.Room);
        var waiting = _window.WaitAsync(Cancel);
        Assert.False(waiting.IsCompleted);
        Assert.True(_window.Acknowledge(1001, null));
        await waiting;
        Assert.Equal(1, _window.Room);
    }

    [Fact]
    public void What_was_never_sent_cannot_be_acknowledged_and_nothing_twice()
    {
        _window.Advance(10);
        Assert.True(_window.Acknowledge(long.MaxValue, null));
        Assert.Equal((1010, OutputWindow.Size), (_window.Acknowledged, _window.Room));
        Assert.False(_window.Acknowledge(1010, null));
        Assert.False(_window.Acknowledge(0, null));
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(0)]
    public void A_jump_keeps_what_is_on_its_way(long to)
    {
        _window.Advance(100);
        _window.JumpTo(to, 2);
        Assert.Equal((to, OutputWindow.Size - 100), (_window.Sent, _window.Room));
        _window.Advance(50);
        Assert.True(_window.Acknowledge(to + 50, null));
        Assert.Equal(OutputWindow.Size, _window.Room);
    }

    [Fact(Timeout = Deadline)]
    public async Task Behind_a_jump_back_the_offset_that_is_jumped_to_acknowledges_all_that_was_on_its_way()
    {
        _window.Advance(100);
        Assert.True(_window.Acknowledge(1_050, null));
        _window.Advance(OutputWindow.Size - 50);
        _window.JumpTo(1_020, 2);
        Assert.Equal(0, _window.Room);
        var waiting = _window.WaitAsync(Cancel);
        Assert.True(_window.Acknowledge(1_020, null));
        await waiting;
        Assert.Equal((1_020, OutputWindow.Size), (_window.Acknowledged, _window.Room));
        Assert.False(_window.Acknowledge(1_020, null));
    }

    [Fact]
    public void What_was_acknowledged_in_another_history_says_nothing_about_this_one()
    {
        _window.Advance(500);
        _window.JumpTo(1_100, 2);
        _window.Advance(300);
        Assert.False(_window.Acknowledge(1_350, 1));
        Assert.Equal((1_000, OutputWindow.Size - 800), (_window.Acknowledged, _window.Room));
        Assert.True(_window.Acknowledge(1_350, 2));
        Assert.Equal(1_350, _window.Acknowledged);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_wait_ends_with_its_reader()
    {
        _window.Advance(OutputWindow.Size);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = _window.WaitAsync(ending.Token);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}

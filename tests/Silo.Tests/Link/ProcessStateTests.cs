using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class ProcessStateTests
{
    private static readonly ProcessStart MouldStart = ScriptedGuest.Shell with { Mould = new Mould("/run/s", "/run/r") };

    [Fact]
    public void A_whole_life_is_legal()
    {
        var state = Running();
        state.Output(1, 0, 10);
        state.Output(2, 0, 1);
        state.Output(1, 10, 5);
        state.InputAck(0);
        state.Exit();
        state.Output(1, 15, 1);
        state.Drained();
        Assert.True(state.MayForget);
        state.Output(2, 1, 1);
        state.OutputEnd(1, 16);
        Assert.False(state.OutputEnded);
        state.OutputEnd(2, 2);
        Assert.True(state.OutputEnded);
    }

    [Fact]
    public void Nothing_may_come_before_the_start_is_answered()
    {
        foreach (var frame in new Action<ProcessState>[]
                 {
                     s => s.Output(1, 0, 1), s => s.OutputEnd(1, 0), s => s.Exit(), s => s.Drained(), s => s.InputAck(0),
                 })
        {
            AssertViolation(LinkRule.NotStarted, () => frame(new ProcessState(ScriptedGuest.Shell)));
            var failed = new ProcessState(ScriptedGuest.Shell);
            Assert.Equal(StartFailedTo.Start, failed.StartFailed());
            AssertViolation(LinkRule.NotStarted, () => frame(failed));
            var known = new ProcessState(ScriptedGuest.Shell);
            known.Started(known: true);
            AssertViolation(LinkRule.NotStarted, () => frame(known));
        }
    }

    [Fact]
    public void Each_answer_comes_once()
    {
        AssertViolation(LinkRule.UnaskedAnswer, () => Running().Started(false));
        AssertViolation(LinkRule.UnaskedAnswer, () => Running().StartFailed());
        AssertViolation(LinkRule.UnaskedAnswer, () => Running().Poured());
        var exited = Running();
        exited.Exit();
        AssertViolation(LinkRule.ExitTwice, () => exited.Exit());
        exited.Drained();
        AssertViolation(LinkRule.DrainedTwice, exited.Drained);
        AssertViolation(LinkRule.ExitTwice, () => exited.Exit());
        AssertViolation(LinkRule.DrainedBeforeExit, () => Running().Drained());
    }

    [Fact]
    public void Output_is_contiguous_within_the_window_and_before_the_end()
    {
        AssertViolation(LinkRule.OutputOffset, () => Running().Output(1, 1, 1));
        var state = Running();
        state.Output(1, 0, 10);
        AssertViolation(LinkRule.OutputOffset, () => state.Output(1, 9, 1));
        AssertViolation(LinkRule.OutputOffset, () => state.Output(1, 11, 1));
        AssertViolation(LinkRule.OutputOffset, () => state.Output(1, ulong.MaxValue, 1));
        AssertViolation(LinkRule.OutputOffset, () => state.OutputEnd(1, 9));
        state.OutputEnd(1, 10);
        AssertViolation(LinkRule.OutputAfterEnd, () => state.Output(1, 10, 1));
        AssertViolation(LinkRule.OutputAfterEnd, () => state.OutputEnd(1, 10));

        var full = Running();
        for (var i = 0; i < 4; i++)
        {
            full.Output(2, (ulong)i * 65_536, 65_536);
        }

        AssertViolation(LinkRule.OutputBeyondWindow, () => full.Output(2, 262_144, 1));
        Assert.Null(full.Take(LinkChannel.Stderr, 65_535));
        AssertViolation(LinkRule.OutputBeyondWindow, () => full.Output(2, 262_144, 1));
        Assert.Equal(65_536ul, full.Take(LinkChannel.Stderr, 1));
        full.Output(2, 262_144, 65_536);
        AssertViolation(LinkRule.OutputBeyondWindow, () => full.Output(2, 262_144 + 65_536, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(255)]
    public void A_process_has_the_channels_it_was_started_with(byte channel) =>
        AssertViolation(LinkRule.WrongChannel, () => Running().Output(channel, 0, 1));

    [Fact]
    public void A_result_channel_is_there_when_it_was_asked_for()
    {
        var state = Running(ScriptedGuest.Shell with { ResultChannel = true });
        state.Output(3, 0, 1);
        state.OutputEnd(1, 0);
        state.OutputEnd(2, 0);
        Assert.False(state.OutputEnded);
        state.OutputEnd(3, 1);
        Assert.True(state.OutputEnded);
    }

    [Fact]
    public void A_mould_is_poured_once_and_waits_on_after_a_refusal()
    {
        var state = Running(MouldStart);
        Assert.True(state.TryPour(resultWanted: true));
        Assert.False(state.TryPour(resultWanted: true));
        Assert.Equal(StartFailedTo.Pour, state.StartFailed());
        AssertViolation(LinkRule.UnaskedAnswer, () => state.StartFailed());
        Assert.True(state.TryPour(resultWanted: true));
        state.Poured();
        AssertViolation(LinkRule.UnaskedAnswer, state.Poured);
        Assert.False(state.TryPour(resultWanted: true));
        Assert.False(Running().TryPour(resultWanted: false));
    }

    [Fact]
    public void An_exit_answers_a_pour_and_one_refusal_may_follow()
    {
        var state = Running(MouldStart);
        Assert.True(state.TryPour(resultWanted: true));
        Assert.True(state.Exit());
        Assert.False(state.TryPour(resultWanted: true));
        state.Drained();
        Assert.True(state.MayForget);
        AssertViolation(LinkRule.UnaskedAnswer, state.Poured);
        Assert.Equal(StartFailedTo.Nothing, state.StartFailed());
        AssertViolation(LinkRule.UnaskedAnswer, () => state.StartFailed());
        Assert.False(Exited(MouldStart));

        static bool Exited(ProcessStart start) => Running(start).Exit();
    }

    [Fact]
    public void Input_is_acknowledged_forwards_and_only_as_far_as_it_was_sent()
    {
        var state = Running();
        Assert.Equal(16_384, state.Input.Reserve(1 << 20, out var first));
        Assert.Equal(0ul, first);
        AssertViolation(LinkRule.InputAckOffset, () => state.InputAck(16_385));
        state.InputAck(100);
        state.InputAck(100);
        AssertViolation(LinkRule.InputAckOffset, () => state.InputAck(99));
        var sent = 0;
        while (state.Input.Reserve(1 << 20, out _) is > 0 and var more)
        {
            sent += more;
        }

        Assert.Equal(65_536 + 100 - 16_384, sent);
        state.InputAck(ulong.MaxValue);
        Assert.True(state.Input.Closed);
        AssertViolation(LinkRule.InputAckOffset, () => state.InputAck(ulong.MaxValue - 1));
    }

    private static ProcessState Running(ProcessStart? start = null)
    {
        var state = new ProcessState(start ?? ScriptedGuest.Shell);
        state.Started(known: false);
        return state;
    }

    private static void AssertViolation(LinkRule rule, Action illegal) => Assert.Equal(rule, Assert.Throws<LinkViolationException>(illegal).Rule);
}

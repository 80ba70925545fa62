using System.Text;
using Sandbox.Gateway.CloudRun.Sessions;
using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Sandboxes.Events;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.CloudRun;

/// <summary>What goes over a WebSocket of Cloud Run Sandbox, without one.</summary>
public sealed class WireTests
{
    [Theory]
    [InlineData("""{"language":"bash","code":"true"}""", typeof(ClientMessage.Execute))]
    [InlineData("""{"event":"stdin","data":""}""", typeof(ClientMessage.Stdin))]
    [InlineData("""{"action":"kill_process"}""", typeof(ClientMessage.KillProcess))]
    [InlineData("""{"action":"kill_sandbox"}""", typeof(ClientMessage.KillSandbox))]
    [InlineData("""{"action":"checkpoint"}""", typeof(ClientMessage.Checkpoint))]
    [InlineData("""{"action":"snapshot_filesystem","name":"n"}""", typeof(ClientMessage.SnapshotFilesystem))]
    [InlineData("""{"action":"reconnect"}""", typeof(ClientMessage.Reconnect))]
    public void Each_message_is_read(string message, Type type) => Assert.IsType(type, Read(message));

    [Fact]
    public void A_message_of_any_depth_or_bytes_is_answered()
    {
        Assert.IsType<ClientMessage.Wrong>(Read(new string('[', 100_000)));
        Assert.IsType<ClientMessage.Wrong>(ClientMessage.Read(new byte[] { 0xff, 0xfe, 0 }));
        Assert.Equal(StatusNames.ExecutionError, Assert.IsType<ClientMessage.Wrong>(Read("""{"language":"python","code":"\udfff"}""")).Status);
    }

    [Fact]
    public void A_configuration_has_defaults_and_says_what_contradicts_itself()
    {
        Assert.Null(CreateMessage.TryRead("{}"u8.ToArray(), out var none));
        Assert.Equal(new CreateMessage(null, false, false, false, null), none);
        Assert.Null(none!.Contradiction);
        Assert.NotNull((none with { AutoCheckpoint = true }).Contradiction);
        Assert.NotNull((none with { Handoff = true }).Contradiction);
        Assert.Null((none with { Checkpoint = true, AutoCheckpoint = true, Handoff = true }).Contradiction);
    }

    [Fact]
    public void Text_is_whole_however_its_bytes_are_cut()
    {
        const string Text = "aä€😀\0z";
        var bytes = Encoding.UTF8.GetBytes(Text);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                var output = new OutputText();
                var all = output.Take(bytes.AsSpan(..first)) + output.Take(bytes.AsSpan(first..second)) + output.Take(bytes.AsSpan(second..));
                Assert.Equal((Text, 0, ""), (all, output.Kept, output.End()));
            }
        }

        var broken = new OutputText();
        Assert.Equal("", broken.Take([0xf0, 0x9f]));
        Assert.Equal(2, broken.Kept);
        Assert.Equal("\ufffd", broken.End());
    }

    [Fact]
    public void Events_are_what_the_protocol_names()
    {
        Assert.Equal("""{"event":"status_update","status":"SANDBOX_RUNNING"}""", Text(ServerMessage.Status(StatusNames.Running)));
        Assert.Equal("""{"event":"error","message":"\"ü\""}""", Text(ServerMessage.Error("\"ü\"")));
        Assert.Equal("""{"event":"stdout","data":"a\n"}""", Text(ServerMessage.Output("stdout", "a\n")));
        Assert.Equal("""{"event":"sandbox_id","sandbox_id":"i","sandbox_token":"t"}""", Text(ServerMessage.Sandbox("i", "t")));
    }

    [Theory]
    [InlineData("handoff_requested", null, "SANDBOX_LOCK_RELEASE_REQUESTED", null)]
    [InlineData("suspended", null, "SANDBOX_CHECKPOINTING SANDBOX_CHECKPOINTED", 1000)]
    [InlineData("deleting", "idle", "SANDBOX_DELETING", null)]
    [InlineData("deleted", null, "SANDBOX_DELETED", 1000)]
    [InlineData("failed", "lost", "SANDBOX_ERROR", 4000)]
    [InlineData("rewound", "lost", "SANDBOX_ERROR", 4000)]
    [InlineData("rewound", null, "SANDBOX_ERROR", 4000)]
    [InlineData("process_started", null, null, null)]
    [InlineData("checkpointed", null, null, null)]
    [InlineData("gap", null, null, null)]
    public void What_happens_to_a_sandbox_is_told_in_the_protocols_words(string type, string? reason, string? statuses, int? close)
    {
        var told = SessionEvents.Of(new EventView { Type = type, Reason = reason }, new SessionFlags(Checkpoint: true, Handoff: true));
        Assert.Equal((statuses, close), (told is null ? null : string.Join(' ', told.Statuses), (int?)told?.Close));
        Assert.Equal(close == 4000, told?.Error is not null);
        if (type == "handoff_requested") Assert.Null(SessionEvents.Of(new EventView { Type = type }, new SessionFlags(Checkpoint: true, Handoff: false)));
    }

    [Fact]
    public void What_was_switched_on_lies_in_the_labels()
    {
        foreach (var flags in new[] { new SessionFlags(false, false), new SessionFlags(true, false), new SessionFlags(true, true) })
        {
            var spec = new SandboxSpec { Template = "base", Directory = "/", MemoryBytes = 1, DiskBytes = 1, Processes = 1, Labels = flags.ToLabels() };
            Assert.Equal(flags, SessionFlags.Of(spec));
        }
    }

    private static ClientMessage Read(string message) => ClientMessage.Read(Encoding.UTF8.GetBytes(message));

    private static string Text(ReadOnlyMemory<byte> message) => Encoding.UTF8.GetString(message.Span);
}

namespace Sandbox.Guest.Tests.Agent;

/// <summary>HOLD, RESUME and copies: between the two the host sends nothing, and after HELD neither does the agent.</summary>
public sealed partial class AgentSession
{
    private readonly Lock _holding = new();
    private bool _holds;
    private bool _isHeld;

    /// <summary>The program of this copy that is the other's.</summary>
    public GuestProgram Same(GuestProgram program) => _programs[program.Number];

    /// <summary>Sends HOLD, and nothing after it.</summary>
    public void Hold()
    {
        lock (_holding)
        {
            _holds = true;
            Send(new Frame(FrameType.Hold, 0, 0, []));
        }
    }

    /// <summary>Holds; when this returns, every byte that was sent has been received.</summary>
    public async Task<HeldSandbox> HoldAsync()
    {
        Hold();
        return await HeldAsync();
    }

    /// <summary>Waits for the answer to HOLD.</summary>
    public async Task<HeldSandbox> HeldAsync()
    {
        var held = await NextAsync();
        Assert.True(held.Type == FrameType.Held, $"{held.Type} {held.Text}");
        return new HeldSandbox(_newest, _programs.Values);
    }

    public async Task ResumeAsync(Resume resume)
    {
        Send(new Frame(FrameType.Resume, 0, 0, resume.ToFields().ToArray()));
        var resumed = await NextAsync();
        Assert.True(resumed.Type == FrameType.Resumed, $"{resumed.Type} {resumed.Text}");
        HasHooks = Assert.Single(resumed.Payload.ToArray()) switch { 0 => false, 1 => true, var other => throw new InvalidOperationException($"{other} hooks") };
    }

    /// <summary>What the last RESUMED said.</summary>
    public bool HasHooks { get; private set; }

    public void Lease(uint milliseconds) => Send(new Frame(FrameType.Lease, 0, 0, Frame.Bytes(milliseconds)));

    /// <summary>Acknowledges, unless the sandbox is held: then it is done after RESUMED.</summary>
    internal void Acknowledge(uint process, int channel, ulong offset)
    {
        lock (_holding)
            if (!_holds)
                Send(new Frame(FrameType.OutputAck, (byte)channel, process, Frame.Bytes(offset)));
    }

    private void FollowHolding(Frame frame)
    {
        if (_isHeld && frame.Type is not FrameType.Resumed and not FrameType.Failure)
            _violations.Enqueue($"{frame.Type} about {frame.Process} between HELD and RESUMED");
        if (frame.Type == FrameType.Held)
            _isHeld = true;
        if (frame.Type != FrameType.Resumed)
            return;
        _isHeld = false;
        lock (_holding) _holds = false;
        foreach (var program in _programs.Values)
            program.AcknowledgeAgain();
    }
}

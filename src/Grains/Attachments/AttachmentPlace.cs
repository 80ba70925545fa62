namespace Sandbox.Grains.Attachments;

/// <summary>A place for one, which is held by being taken again in time.</summary>
/// <param name="time">The clock.</param>
public sealed class AttachmentPlace(TimeProvider time)
{
    /// <summary>How long it stays taken: holders take it again well within.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromSeconds(15);

    private string? _holder;
    private long _since;

    /// <summary>Takes it, or takes it again.</summary>
    /// <returns>Whether it is the client's now.</returns>
    public bool Take(string client)
    {
        if (_holder is not null && !string.Equals(_holder, client, StringComparison.Ordinal) && time.GetElapsedTime(_since) < Holds) return false;
        (_holder, _since) = (client, time.GetTimestamp());
        return true;
    }

    /// <summary>Gives it up, if it is the client's.</summary>
    public void Leave(string client)
    {
        if (string.Equals(_holder, client, StringComparison.Ordinal)) _holder = null;
    }
}

namespace Sandbox.Silo.Link;

/// <summary>The link is over, and with it whatever was waiting for it. <see cref="End"/> says why.</summary>
internal class LinkException(LinkEnd end) : Exception(end.Message)
{
    /// <summary>Why the link is over.</summary>
    public LinkEnd End { get; } = end;
}

namespace Sandbox.Silo.Link;

/// <summary>Why a link is over.</summary>
/// <param name="Kind">The reason, for programs.</param>
/// <param name="Message">The reason, for people: what happened and what to do.</param>
/// <param name="Rule">The broken rule of a <see cref="LinkEndKind.Violation"/>, else null.</param>
internal sealed record LinkEnd(LinkEndKind Kind, string Message, LinkRule? Rule = null)
{
    /// <summary>The exception with which what was waiting fails.</summary>
    public LinkException ToException() => Kind == LinkEndKind.Violation ? new LinkViolationException(this) : new LinkException(this);
}

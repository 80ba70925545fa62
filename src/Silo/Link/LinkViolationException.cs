namespace Sandbox.Silo.Link;

/// <summary>The guest broke a rule of the link. Its sandbox is beyond trust: end it, and it alone.</summary>
internal sealed class LinkViolationException : LinkException
{
    /// <summary>A violation found by a pure part, which does not know the frame.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="detail">What exactly is wrong, in words.</param>
    public LinkViolationException(LinkRule rule, string detail)
        : this(new LinkEnd(LinkEndKind.Violation, detail, rule))
    {
    }

    /// <summary>A violation that has ended a link.</summary>
    public LinkViolationException(LinkEnd end)
        : base(end) => Rule = end.Rule ?? throw new ArgumentException("A violation names its rule.", nameof(end));

    /// <summary>The rule that was broken.</summary>
    public LinkRule Rule { get; }

    /// <summary>The same, with the frame that broke it.</summary>
    public LinkViolationException In(FrameHeader header) => new(Rule, $"{header} breaks the rule {Rule}: {Message}");
}

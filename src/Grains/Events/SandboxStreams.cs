namespace Sandbox.Grains.Events;

/// <summary>
/// The streams that tell whoever watches many sandboxes that something happened: one for each owner, carrying <see cref="SandboxNotice"/>. One
/// for each sandbox would leave a record in the streams' directory for every sandbox there ever was. A stream may lose items: it wakes, the
/// numbers in <c>ISandboxGrain.ReadEventsAsync</c> are the truth.
/// </summary>
public static class SandboxStreams
{
    /// <summary>The stream provider's name.</summary>
    public const string Provider = "events";

    /// <summary>The namespace.</summary>
    public const string Namespace = "sandbox-events";

    /// <summary>The stream of an owner.</summary>
    public static StreamId Of(string owner) => StreamId.Create(Namespace, owner);
}

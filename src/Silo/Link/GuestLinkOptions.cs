namespace Sandbox.Silo.Link;

/// <summary>Settings of a link.</summary>
internal sealed record GuestLinkOptions
{
    /// <summary>From the first wait for HELLO to READY. More than zero; default 15 s: a loaded host starts a container in under a second.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);
}

namespace Sandbox.Gateway.Access;

/// <summary>
/// Believes a proxy that has checked who calls and says so in a header (<c>trusted-proxy</c>). Whoever can connect from one of its addresses
/// can be anyone, so it is warned of at start.
/// </summary>
public sealed class TrustedProxyAccess
{
    /// <summary>The header that names the account, such as <c>X-Goog-Authenticated-User-Email</c>. The proxy must take it out of what clients send.</summary>
    public string Header { get; set; } = "";

    /// <summary>Addresses (<c>10.0.0.7</c>) and networks (<c>10.0.0.0/8</c>) of the proxy. Elsewhere the header means nothing.</summary>
    public string[] Proxies { get; set; } = [];

    /// <summary>The accounts that may come in. Empty: the header's value is the owner's name itself.</summary>
    public AccountOwner[] Accounts { get; set; } = [];
}

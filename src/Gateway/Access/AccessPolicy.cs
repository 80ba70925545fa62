using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Access;

/// <summary>
/// Keeps web pages away. A page of any site can make the browser send requests to this machine, and with a name that it points here (DNS
/// rebinding) even read the answers; what it cannot do is lie in <c>Host</c>, <c>Origin</c> and <c>Sec-Fetch-Site</c>.
/// </summary>
internal sealed class AccessPolicy(IOptions<GatewayOptions> options, IOptions<AccessOptions> access)
{
    private static readonly string[] s_loopback = ["localhost", "127.0.0.1", "[::1]"];

    private readonly FrozenSet<string> _hosts =
        s_loopback.Concat(options.Value.AllowedHosts).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // A name that a page has pointed here brings it nothing where a key is needed, which pages do not have; an operator may still say which
    // names there are. A header that a proxy is trusted for a page can send as well, if it gets here by such a name from the proxy's machine.
    private readonly bool _anyHost =
        access.Value is { RequiresLoopback: false, TrustedProxy: null } && options.Value.AllowedHosts.Length == 0;

    private readonly FrozenSet<WebOrigin> _origins = options.Value.AllowedOrigins
        .Select(text => WebOrigin.TryParse(text, out var origin) ? origin : throw new InvalidOperationException($"'{text}' is no origin."))
        .ToFrozenSet();

    /// <summary>Says why a request is refused, or that it comes in, and whether as that of a page on the allow-list.</summary>
    /// <param name="scheme">The scheme that the request came by.</param>
    /// <param name="host">Its <c>Host</c> header, empty when absent.</param>
    /// <param name="origins">Its <c>Origin</c> headers.</param>
    /// <param name="fetchSite">Its <c>Sec-Fetch-Site</c> headers, joined; null when absent.</param>
    public AccessDecision Decide(string scheme, HostString host, IReadOnlyList<string?> origins, string? fetchSite)
    {
        if (!_anyHost && !_hosts.Contains(host.Host) && !_hosts.Contains(host.Value ?? string.Empty))
        {
            return new AccessDecision(GatewayProblem.HostNotAllowed(), CrossOrigin: false);
        }

        if (origins.Count > 1)
        {
            return new AccessDecision(GatewayProblem.OriginNotAllowed(), CrossOrigin: false);
        }

        if (origins.Count == 1)
        {
            if (!WebOrigin.TryParse(origins[0], out var origin))
            {
                return new AccessDecision(GatewayProblem.OriginNotAllowed(), CrossOrigin: false);
            }

            if (_origins.Contains(origin))
            {
                return new AccessDecision(Refusal: null, CrossOrigin: true);
            }

            if (!WebOrigin.TryParse($"{scheme}://{host.Value}", out var own) || own != origin)
            {
                return new AccessDecision(GatewayProblem.OriginNotAllowed(), CrossOrigin: false);
            }
        }

        // A page may make the browser leave Origin out (a link, an image); this header still tells where the request comes from. A page on
        // another port of this machine is "same-site", and no more welcome.
        return fetchSite is null or "none" or "same-origin"
            ? new AccessDecision(Refusal: null, CrossOrigin: false)
            : new AccessDecision(GatewayProblem.CrossSite(), CrossOrigin: false);
    }
}

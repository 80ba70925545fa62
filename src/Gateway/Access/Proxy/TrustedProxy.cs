using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Access.Proxy;

/// <summary>Who calls, as a trusted proxy says.</summary>
internal sealed class TrustedProxy(IOptions<AccessOptions> options)
{
    private readonly TrustedProxyAccess? _access = options.Value.TrustedProxy;

    private readonly IPNetwork[] _networks = [.. (options.Value.TrustedProxy?.Proxies ?? [])
        .Select(text => ProxyNetworks.TryParse(text, out var network) ? network : throw new InvalidOperationException($"'{text}' is no network."))];

    private readonly Dictionary<string, Caller> _callers = (options.Value.TrustedProxy?.Accounts ?? [])
        .ToDictionary(account => account.Account, account => new Caller(account.Owner, account.BuildTemplates), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whom the proxy names, or null when the request does not come from it or it names nobody that may come in.</summary>
    public Caller? Find(HttpContext context)
    {
        if (_access is null || context.Connection.RemoteIpAddress is not { } address || !IsProxy(address)) return null;

        // Twice would mean that one of them is a client's.
        if (context.Request.Headers[_access.Header] is not [{ Length: > 0 } account]) return null;
        return _callers.Count > 0 ? _callers.GetValueOrDefault(account) : Ids.IsOwner(account) ? new Caller(account) : null;
    }

    private bool IsProxy(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Any(network => network.Contains(plain));
    }
}

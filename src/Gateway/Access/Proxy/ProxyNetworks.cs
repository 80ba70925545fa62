using System.Net;

namespace Sandbox.Gateway.Access.Proxy;

/// <summary>Addresses and networks of a proxy.</summary>
internal static class ProxyNetworks
{
    /// <summary>Reads an address, which is a network of one, or a network.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network)) return true;
        if (!IPAddress.TryParse(text, out var address)) return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}

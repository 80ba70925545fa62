using System.Diagnostics.CodeAnalysis;

namespace Sandbox.Gateway.Access;

/// <summary>A web page's origin as browsers send it: scheme, host and port, compared as RFC 6454 says.</summary>
internal sealed record WebOrigin(string Scheme, string Host, int Port)
{
    /// <summary>Reads an <c>Origin</c> header or an entry of the allow-list. <c>null</c> (an opaque origin) is not one.</summary>
    public static bool TryParse(string? value, [NotNullWhen(true)] out WebOrigin? origin)
    {
        origin = null;
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.Host.Length == 0
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery != "/"
            || uri.Fragment.Length > 0
            || value.EndsWith('/'))
        {
            return false;
        }

        // Uri has put the scheme and the host in lower case and filled in the scheme's port.
        origin = new WebOrigin(uri.Scheme, uri.Host, uri.Port);
        return true;
    }
}

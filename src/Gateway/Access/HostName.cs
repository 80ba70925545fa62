namespace Sandbox.Gateway.Access;

/// <summary>The form of an entry of <see cref="GatewayOptions.AllowedHosts"/>: a name or address, with a port or without.</summary>
internal static class HostName
{
    public static bool IsValid(string? value)
    {
        if (string.IsNullOrEmpty(value) || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']'))
        {
            return false;
        }

        // An authority and nothing else survives the round trip through a URI.
        return Uri.TryCreate($"http://{value}/", UriKind.Absolute, out var uri)
            && uri.Host.Length > 0
            && (value.EndsWith(uri.Host, StringComparison.OrdinalIgnoreCase)
                || value.EndsWith($"{uri.Host}:{uri.Port}", StringComparison.OrdinalIgnoreCase));
    }
}

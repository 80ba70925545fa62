namespace Sandboxes.Hub;

/// <summary>Where a server's hub is.</summary>
internal static class HubAddress
{
    /// <exception cref="ArgumentException">It is no http or https address.</exception>
    public static Uri Of(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"'{server}' is not a server's address: it looks like http://127.0.0.1:8080.", nameof(server));
        }

        var path = server.AbsolutePath.TrimEnd('/');
        return new UriBuilder(server) { Path = path.EndsWith("/hub", StringComparison.Ordinal) ? path : path + "/hub" }.Uri;
    }
}

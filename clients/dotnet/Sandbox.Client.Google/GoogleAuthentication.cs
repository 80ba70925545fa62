using Google.Apis.Auth.OAuth2;

namespace Sandboxes.Google;

/// <summary>Connects by Google ID tokens.</summary>
public static class GoogleAuthentication
{
    /// <summary>Sends a Google ID token instead of a key.</summary>
    /// <param name="options">The other options.</param>
    /// <param name="server">The server's address.</param>
    /// <param name="audience">Whom the tokens are for. Default: the server's origin.</param>
    /// <param name="credential">Whose tokens. Default: the application's default credentials, sought when the first connection is made.</param>
    public static SandboxClientOptions UseGoogleAuth(
        this SandboxClientOptions options, Uri server, string? audience = null, GoogleCredential? credential = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(server);
        var wanted = OidcTokenOptions.FromTargetAudience(audience ?? server.GetLeftPart(UriPartial.Authority));
        OidcToken? source = null;
        return options with
        {
            AccessTokenProvider = async cancellationToken =>
            {
                // Connections are made one after the other, and a source that was found keeps its token until that expires.
                var from = credential ?? await GoogleCredential.GetApplicationDefaultAsync(cancellationToken);
                source ??= await from.GetOidcTokenAsync(wanted, cancellationToken);
                return await source.GetAccessTokenAsync(cancellationToken);
            },
        };
    }
}

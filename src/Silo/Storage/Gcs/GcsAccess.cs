using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>Tokens for Cloud Storage, renewed before they run out.</summary>
internal sealed class GcsAccess
{
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";
    private readonly ITokenAccess? _tokens;

    /// <summary>Access without a token.</summary>
    public static GcsAccess None { get; } = new(null);

    private GcsAccess(ITokenAccess? tokens) => _tokens = tokens;

    /// <summary>Finds the credentials. No token is asked for yet.</summary>
    /// <exception cref="GcsException">There are none, or they cannot be read.</exception>
    public static async Task<GcsAccess> OpenAsync(GcsOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return options.Credentials == GcsCredentials.None ? None : new GcsAccess(options switch
            {
                { KeyFile: { } file } => GoogleCredential
                    .FromServiceAccountCredential(await CredentialFactory.FromFileAsync<ServiceAccountCredential>(file, cancellationToken)).CreateScoped(Scope),
                { Credentials: GcsCredentials.MetadataServer } => GoogleCredential.FromComputeCredential(new ComputeCredential()).CreateScoped(Scope),
                _ => (await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)).CreateScoped(Scope),
            });
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException or ArgumentException or Newtonsoft.Json.JsonException)
        {
            throw new GcsException(
                GcsFailure.NotAuthenticated,
                options.KeyFile is { } file
                    ? $"Gcs:KeyFile {file} cannot be used: {e.Message} It must be the JSON key of a service account."
                    : $"There are no credentials for Cloud Storage: {e.Message} Set Gcs:KeyFile, or see Gcs:Credentials.",
                e);
        }
    }

    /// <summary>A token that is valid now; null when none is needed.</summary>
    /// <exception cref="GcsException">The credentials are refused.</exception>
    /// <exception cref="HttpRequestException">Whoever gives out tokens cannot be reached.</exception>
    public async Task<string?> TokenAsync(CancellationToken cancellationToken)
    {
        if (_tokens is null) return null;
        try
        {
            return await _tokens.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
        }
        catch (TokenResponseException e) when (e.StatusCode is null or < System.Net.HttpStatusCode.InternalServerError)
        {
            throw new GcsException(GcsFailure.NotAuthenticated, $"There is no token for Cloud Storage: {e.Message} Look after the credentials (Gcs:KeyFile, Gcs:Credentials).", e);
        }
        catch (TokenResponseException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"No token for Cloud Storage: {e.Message}", e);
        }
    }
}

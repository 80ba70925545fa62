using Google.Apis.Auth;

namespace Sandbox.Gateway.Access.Google;

/// <summary>Asks Google's library, which fetches Google's public keys and keeps them for as long as they are valid.</summary>
internal sealed class GoogleTokenValidator : IIdentityTokenValidator
{
    public async Task<string?> ValidateAsync(string token, string audience)
    {
        try
        {
            var payload = await GoogleJsonWebSignature.ValidateAsync(token, new GoogleJsonWebSignature.ValidationSettings { Audience = [audience] });
            return payload.EmailVerified ? payload.Email : null;
        }
        catch (InvalidJwtException)
        {
            return null;
        }
    }
}

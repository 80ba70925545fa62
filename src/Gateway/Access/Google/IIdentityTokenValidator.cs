namespace Sandbox.Gateway.Access.Google;

/// <summary>Tells whether an identity token is genuine.</summary>
internal interface IIdentityTokenValidator
{
    /// <summary>The verified e-mail address of the token's account; null when the token is not genuine, not for the audience, or over.</summary>
    Task<string?> ValidateAsync(string token, string audience);
}

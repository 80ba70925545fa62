namespace Sandbox.Gateway.Access;

/// <summary>Lets in accounts by identity tokens that Google has signed (<c>google-id-token</c>), sent as bearer tokens like keys.</summary>
public sealed class GoogleAccess
{
    /// <summary>The audience that tokens must be for: the client id, or this service's address for service accounts.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The accounts that may come in, by their verified e-mail addresses.</summary>
    public AccountOwner[] Accounts { get; set; } = [];
}

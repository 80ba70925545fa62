namespace Sandbox.Gateway.Access;

/// <summary>The owner that an account of someone else's directory acts as.</summary>
public sealed class AccountOwner
{
    /// <summary>The account: an e-mail address, or what a proxy calls it. Compared without regard to case.</summary>
    public string Account { get; set; } = "";

    /// <summary>Whose sandboxes it reaches: <c>[a-z0-9][a-z0-9-]{0,39}</c>.</summary>
    public string Owner { get; set; } = "";

    /// <summary>Whether it may build templates.</summary>
    public bool BuildTemplates { get; set; }
}

namespace Sandbox.Gateway.Access;

/// <summary>An API key. The key itself is nowhere: <c>key new OWNER</c> makes one and shows it once.</summary>
public sealed class AccessKey
{
    /// <summary>What it is called, for the operator; unique.</summary>
    public string Name { get; set; } = "";

    /// <summary>Whose sandboxes it reaches: <c>[a-z0-9][a-z0-9-]{0,39}</c>.</summary>
    public string Owner { get; set; } = "";

    /// <summary>SHA-256 of the key's text, 64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Whether it may build templates.</summary>
    public bool BuildTemplates { get; set; }
}

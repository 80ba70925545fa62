using System.Security.Claims;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Access;

/// <summary>Who calls.</summary>
/// <param name="Owner">The owner whose sandboxes it may reach; null for one that has shown no key, and can reach a sandbox by its token alone.</param>
/// <param name="BuildsTemplates">Whether it may build templates.</param>
internal sealed record Caller(string? Owner, bool BuildsTemplates = false)
{
    private const string OwnerClaim = "sandbox:owner";
    private const string BuildClaim = "sandbox:build-templates";

    /// <summary>One that has shown nothing.</summary>
    public static Caller Unknown { get; } = new(Owner: null);

    /// <summary>The caller that a principal stands for.</summary>
    public static Caller Of(ClaimsPrincipal? principal) => new(principal?.FindFirst(OwnerClaim)?.Value, principal?.FindFirst(BuildClaim) is not null);

    /// <summary>As a principal, which is how ASP.NET carries it through a connection's life.</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        if (Owner is null) return new ClaimsPrincipal(new ClaimsIdentity());
        var identity = new ClaimsIdentity([new Claim(OwnerClaim, Owner), new Claim(ClaimTypes.NameIdentifier, Owner)], "sandbox");
        if (BuildsTemplates) identity.AddClaim(new Claim(BuildClaim, "true"));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>The owner.</summary>
    /// <exception cref="CallException">It has shown no key.</exception>
    public string RequireOwner() => Owner ?? throw new CallException(CallError.Unauthorized("This needs a key: connect with 'Authorization: Bearer KEY'."));
}

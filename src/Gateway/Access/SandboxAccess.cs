using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Access;

/// <summary>The one way to a sandbox: nobody gets its grain but through here.</summary>
internal sealed class SandboxAccess(IGrainFactory grains)
{
    /// <summary>The sandbox of an id, for a caller or a token that may reach it. A token that is given must be right, whatever the caller may.</summary>
    /// <exception cref="CallException">Neither key nor token opens it. What another owner has is as if it were not there.</exception>
    public async Task<ISandboxGrain> OpenAsync(Caller caller, string id, string? token)
    {
        var (sandbox, secret) = Find(caller, id, token);
        return secret is null || await sandbox.CheckTokenAsync(secret) ? sandbox : throw WrongToken();
    }

    /// <summary>The same, where the call that comes next checks what is left of the token to be checked.</summary>
    /// <exception cref="CallException">Neither key nor token can open it.</exception>
    public (ISandboxGrain Sandbox, string? Secret) Find(Caller caller, string id, string? token) =>
        token is null ? (Find(caller.RequireOwner(), id), null)
        : SandboxTokenText.TryRead(token, out var owner, out var secret) ? (Find(owner, id), secret)
        : throw WrongToken();

    /// <summary>The sandbox of an owner that the caller is known to be.</summary>
    public ISandboxGrain Find(string owner, string id) => FollowedSandbox.Of(grains.GetGrain<ISandboxGrain>($"{owner}/{id}"));

    private static CallException WrongToken() => new(CallError.Of(SandboxError.WrongToken));
}

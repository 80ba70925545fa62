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
        if (token is null) return Find(caller.RequireOwner(), id);
        if (SandboxTokenText.TryRead(token, out var owner, out var secret))
        {
            var sandbox = Find(owner, id);
            if (await sandbox.CheckTokenAsync(secret)) return sandbox;
        }

        throw new CallException(CallError.Unauthorized("The token does not open this sandbox."));
    }

    /// <summary>The sandbox of an owner that the caller is known to be.</summary>
    public ISandboxGrain Find(string owner, string id) => FollowedSandbox.Of(grains.GetGrain<ISandboxGrain>($"{owner}/{id}"));
}

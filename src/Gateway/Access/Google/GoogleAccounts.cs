using Microsoft.Extensions.Options;

namespace Sandbox.Gateway.Access.Google;

/// <summary>The accounts that come in by Google's identity tokens.</summary>
internal sealed class GoogleAccounts(IOptions<AccessOptions> options, IIdentityTokenValidator validator)
{
    private readonly GoogleAccess? _access = options.Value.Google;

    private readonly Dictionary<string, Caller> _callers = (options.Value.Google?.Accounts ?? [])
        .ToDictionary(account => account.Account, account => new Caller(account.Owner, account.BuildTemplates), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whom a token's account acts as, or null.</summary>
    public async Task<Caller?> FindAsync(string token)
    {
        // Three parts: what is none at all is not worth anybody's keys.
        if (_access is null || token.Count(c => c == '.') != 2) return null;
        return await validator.ValidateAsync(token, _access.Audience) is { } account ? _callers.GetValueOrDefault(account) : null;
    }
}

using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access.Proxy;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Access;

/// <summary>Checks <see cref="AccessOptions"/> at start. Each message names the setting and what it may hold, and no secret.</summary>
internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    private const int HashDigits = 64;

    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var failures = new List<string>();
        Check(failures, options.Keys);
        if (options.Google is { } google) Check(failures, google);
        if (options.TrustedProxy is { } proxy) Check(failures, proxy);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Check(List<string> failures, AccessKey[] keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            var (at, key) = ($"Access:Keys:{i}", keys[i]);
            if (string.IsNullOrWhiteSpace(key.Name)) failures.Add($"{at}:Name is missing. Give the key a name, so that you know later which one it is.");
            Owner(failures, at, key.Owner);
            if (key.Sha256.Length != HashDigits || !key.Sha256.All(char.IsAsciiHexDigit))
            {
                failures.Add($"{at}:Sha256 must be the {HashDigits} hexadecimal digits that 'key new OWNER' prints.");
            }
        }

        foreach (var twice in keys.GroupBy(key => key.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            failures.Add($"Access:Keys has the name '{twice.Key}' more than once.");
        }

        if (keys.DistinctBy(key => key.Sha256, StringComparer.OrdinalIgnoreCase).Count() != keys.Length)
        {
            failures.Add("Access:Keys has one Sha256 more than once: each key stands for one owner.");
        }
    }

    private static void Check(List<string> failures, GoogleAccess google)
    {
        if (string.IsNullOrWhiteSpace(google.Audience))
        {
            failures.Add("Access:Google:Audience is missing: without it a token for any other service would open this one.");
        }

        if (google.Accounts.Length == 0) failures.Add("Access:Google:Accounts is empty. List the accounts that may come in.");
        Accounts(failures, "Access:Google:Accounts", google.Accounts);
    }

    private static void Check(List<string> failures, TrustedProxyAccess proxy)
    {
        if (proxy.Header.Length == 0 || !proxy.Header.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            failures.Add("Access:TrustedProxy:Header must be the name of the header that the proxy sets.");
        }

        if (proxy.Proxies.Length == 0) failures.Add("Access:TrustedProxy:Proxies is empty. List the proxy's addresses.");
        foreach (var address in proxy.Proxies.Where(address => !ProxyNetworks.TryParse(address, out _)))
        {
            failures.Add($"Access:TrustedProxy:Proxies holds '{address}'. Give an address such as 10.0.0.7 or a network such as 10.0.0.0/8.");
        }

        Accounts(failures, "Access:TrustedProxy:Accounts", proxy.Accounts);
    }

    private static void Accounts(List<string> failures, string at, AccountOwner[] accounts)
    {
        for (var i = 0; i < accounts.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(accounts[i].Account)) failures.Add($"{at}:{i}:Account is missing.");
            Owner(failures, $"{at}:{i}", accounts[i].Owner);
        }

        foreach (var twice in accounts.GroupBy(account => account.Account, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            failures.Add($"{at} has the account '{twice.Key}' more than once.");
        }
    }

    private static void Owner(List<string> failures, string at, string owner)
    {
        if (!Ids.IsOwner(owner))
        {
            failures.Add($"{at}:Owner is '{owner}'. Give 1 to 40 of a-z, 0-9 and '-', not beginning with '-', and none of the server's own words "
                + "(layers, templates, system).");
        }
    }
}

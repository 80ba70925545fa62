using Sandbox.Gateway.Access.Keys;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Access;

/// <summary>The command <c>key new OWNER [--name NAME]</c>: makes an API key.</summary>
public static class KeyCommand
{
    /// <summary>How it is called.</summary>
    public const string Usage = "key new OWNER [--name NAME]";

    /// <summary>Runs it. The key goes to the output once, and is kept nowhere.</summary>
    /// <param name="args">What comes after <c>key</c>.</param>
    /// <param name="output">Gets the key and what to configure.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <returns>The exit code: 0, or 2 when the arguments cannot be used.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        if (args is ["-h" or "--help"])
        {
            output.WriteLine($"Usage: {Usage}");
            return 0;
        }

        var (owner, name) = args switch
        {
            ["new", var only] => (only, only),
            ["new", var first, "--name", { Length: > 0 } second] => (first, second),
            _ => (null, null),
        };
        if (owner is null || name is null || name.Any(char.IsControl))
        {
            errors.WriteLine($"Usage: {Usage}");
            return 2;
        }

        if (!Ids.IsOwner(owner))
        {
            errors.WriteLine(
                $"'{owner}' cannot be an owner: 1 to 40 of a-z, 0-9 and '-', not beginning with '-', and none of layers, templates, system.");
            return 2;
        }

        var key = ApiKey.Create();
        output.WriteLine($"key:    {key}");
        output.WriteLine($"sha256: {ApiKey.Hash(key)}");
        output.WriteLine();
        output.WriteLine("The key is shown this once. Give it to whoever shall connect, and the server its hash, for example in the environment");
        output.WriteLine("(each key with the next number in place of 0):");
        output.WriteLine($"  Access__Keys__0__Name='{name.Replace("'", @"'\''", StringComparison.Ordinal)}'");
        output.WriteLine($"  Access__Keys__0__Owner='{owner}'");
        output.WriteLine($"  Access__Keys__0__Sha256='{ApiKey.Hash(key)}'");
        return 0;
    }
}

using System.Security.Cryptography;
using Sandbox.Grains.Storage;

namespace Sandbox.Gateway.Wire;

/// <summary>The forms of names and ids.</summary>
internal static class Ids
{
    /// <summary>The longest id of a sandbox and the longest name of an owner.</summary>
    public const int MostSandbox = 40;

    /// <summary>The longest id of a process.</summary>
    public const int MostProcess = 64;

    // Without those that are taken for one another.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Whether a text is <c>[a-z0-9][a-z0-9-]{0,39}</c>.</summary>
    public static bool IsSandbox(string text) =>
        text.Length is > 0 and <= MostSandbox && text[0] != '-' && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>Whether a text can be an owner's name.</summary>
    public static bool IsOwner(string text) => IsSandbox(text) && !ReservedBlobWords.Contains(text);

    /// <summary>Whether a text is <c>[A-Za-z0-9][A-Za-z0-9._-]{0,63}</c>.</summary>
    public static bool IsProcess(string text) =>
        text.Length is > 0 and <= MostProcess && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>A sandbox's id for a client that named none: nobody guesses its 79 bits, and none comes twice.</summary>
    public static string NewSandbox() => RandomNumberGenerator.GetString(Alphabet, 16);

    /// <summary>A process's id for a client that named none.</summary>
    public static string NewProcess() => RandomNumberGenerator.GetString(Alphabet, 12);

    /// <summary>A sandbox's id out of a call.</summary>
    public static string Sandbox(this Arguments arguments, string name) =>
        CheckSandbox(arguments.RequiredText(name, 256), name);

    /// <summary>A sandbox's id, checked.</summary>
    public static string CheckSandbox(string id, string name) => IsSandbox(id)
        ? id
        : throw CallException.Invalid($"{name} must be 1 to 40 of a-z, 0-9 and '-', not beginning with '-'.");

    /// <summary>A checkpoint's id, checked.</summary>
    public static string CheckCheckpoint(string id) => id.Length is > 0 and <= MostSandbox && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
        ? id
        : throw CallException.Invalid("checkpointId must be 1 to 40 of a-z and 0-9: the id of one of the sandbox's checkpoints.");

    /// <summary>A process's id, checked.</summary>
    public static string CheckProcess(string id) => IsProcess(id)
        ? id
        : throw CallException.Invalid("processId must be 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.");
}

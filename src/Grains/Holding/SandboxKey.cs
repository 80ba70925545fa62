using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Holding;

/// <summary>Which sandbox: its owner and its id, both <c>[a-z0-9][a-z0-9-]{0,39}</c>. Written <c>{owner}/{id}</c>, as a grain's key is.</summary>
public readonly record struct SandboxKey
{
    private const string StartWord = "start=";

    /// <summary>A key of an owner and an id.</summary>
    /// <exception cref="ArgumentException">One of them breaks the rule, or the owner is a word that no owner may have.</exception>
    public SandboxKey(string owner, string id)
    {
        if (!IsName(owner) || ReservedBlobWords.Contains(owner)) throw new ArgumentException($"'{owner}' is no owner's name.", nameof(owner));
        if (!IsName(id)) throw new ArgumentException($"'{id}' is no sandbox id.", nameof(id));
        Owner = owner;
        Id = id;
    }

    private SandboxKey(string owner, string id, bool checkedAlready)
    {
        _ = checkedAlready;
        Owner = owner;
        Id = id;
    }

    /// <summary>The owner.</summary>
    public string Owner { get; }

    /// <summary>The sandbox's id.</summary>
    public string Id { get; }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="ArgumentException">It is no key.</exception>
    public static SandboxKey Parse(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) throw new ArgumentException($"'{key}' is no sandbox's key.", nameof(key));
        return key.AsSpan(slash + 1).StartsWith(StartWord, StringComparison.Ordinal)
            ? OfStart(key[..slash], key[(slash + 1 + StartWord.Length)..])
            : new SandboxKey(key[..slash], key[(slash + 1)..]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Owner}/{Id}";

    /// <summary>
    /// Where a start state's checkpoint is kept: as that of a sandbox which no id names, since none holds <c>=</c>.
    /// </summary>
    /// <param name="owner">The owner of the template, or <see cref="ReservedBlobWords.System"/> where it ships with the product.</param>
    /// <param name="name">The state, of <c>[a-z0-9-]</c>, at most 80.</param>
    /// <exception cref="ArgumentException">One of them breaks the rule.</exception>
    public static SandboxKey OfStart(string owner, string name) =>
        (owner == ReservedBlobWords.System || (IsName(owner) && !ReservedBlobWords.Contains(owner))) && IsWord(name) && name.Length <= 80
            ? new SandboxKey(owner, StartWord + name, checkedAlready: true)
            : throw new ArgumentException($"'{owner}/{StartWord}{name}' is no start state's key.", nameof(name));

    private static bool IsWord(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 40 && text[0] != '-' && IsWord(text);
}

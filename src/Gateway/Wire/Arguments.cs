using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sandbox.Gateway.Wire;

/// <summary>
/// The one object that a call takes, read member by member. A member that is absent or null is absent; one that is not what the call takes
/// ends the call with an error that names it and says what it may be. Members that nobody asks for are ignored.
/// </summary>
internal readonly struct Arguments
{
    /// <summary>The largest offset and number: the largest that every JSON reader holds exactly.</summary>
    public const long MostNumber = (1L << 53) - 1;

    private readonly JsonElement _object;
    private readonly string _path;

    private Arguments(JsonElement element, string path) => (_object, _path) = (element, path);

    /// <summary>Of a call's argument.</summary>
    /// <exception cref="CallException">It is no object.</exception>
    public static Arguments Of(JsonElement element) => element.ValueKind is JsonValueKind.Object
        ? new Arguments(element, "")
        : throw CallException.Invalid("The call takes one JSON object.");

    /// <summary>Whether a member is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text, or null; the bound counts UTF-16 units.</summary>
    public string? Text(string name, int most) => Find(name) is { } value ? ReadText(value, _path + name, most) : null;

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name, int most) => Text(name, most) ?? throw CallException.Invalid($"{_path}{name} is missing.");

    /// <summary>One of a few words, or null.</summary>
    public string? Word(string name, params string[] words)
    {
        if (Find(name) is not { } value) return null;
        var text = value.ValueKind is JsonValueKind.String ? ReadText(value, _path + name, 64) : null;
        return text is not null && words.Contains(text, StringComparer.Ordinal)
            ? text
            : throw CallException.Invalid($"{_path}{name} must be one of: {string.Join(", ", words)}.");
    }

    public bool Flag(string name, bool otherwise) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw CallException.Invalid($"{_path}{name} must be true or false."),
    };

    /// <summary>A whole number, or null.</summary>
    public long? Whole(string name, long least, long most) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) && number >= least && number <= most => number,
        _ => throw CallException.Invalid($"{_path}{name} must be a whole number from {least} to {most}."),
    };

    /// <summary>A whole number that must be there.</summary>
    public long RequiredWhole(string name, long least, long most) =>
        Whole(name, least, most) ?? throw CallException.Invalid($"{_path}{name} is missing.");

    /// <summary>A duration in seconds, or null.</summary>
    public TimeSpan? Seconds(string name, double least, double most) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number >= least && number <= most =>
            TimeSpan.FromSeconds(number),
        _ => throw CallException.Invalid($"{_path}{name} must be a number of seconds from {least} to {most}."),
    };

    /// <summary>Bytes as base64 text that must be there.</summary>
    public byte[] RequiredBytes(string name, int most)
    {
        var value = Find(name) ?? throw CallException.Invalid($"{_path}{name} is missing.");
        if (value.ValueKind is JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes) && bytes.Length <= most) return bytes;
        throw CallException.Invalid($"{_path}{name} must be base64 text of at most {most} bytes.");
    }

    /// <summary>An array of texts, or null.</summary>
    public string[]? Texts(string name, int mostTexts, int most)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind is not JsonValueKind.Array || value.GetArrayLength() > mostTexts)
        {
            throw CallException.Invalid($"{_path}{name} must be an array of at most {mostTexts} texts.");
        }

        var path = _path + name;
        return [.. value.EnumerateArray().Select((item, i) => ReadText(item, $"{path}[{i}]", most))];
    }

    /// <summary>An object of texts; empty when absent.</summary>
    public Dictionary<string, string> TextMap(string name, int mostMembers, int most)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(name) is not { } value) return map;
        if (value.ValueKind is not JsonValueKind.Object) throw CallException.Invalid($"{_path}{name} must be an object of texts.");
        foreach (var member in value.EnumerateObject())
        {
            map[Name(member, _path + name)] = ReadText(member.Value, $"{_path}{name}.{Name(member, _path + name)}", most);
            if (map.Count > mostMembers) throw CallException.Invalid($"{_path}{name} may have at most {mostMembers} members.");
        }

        return map;
    }

    /// <summary>An object, or null.</summary>
    public Arguments? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new Arguments(value, $"{_path}{name}."),
        _ => throw CallException.Invalid($"{_path}{name} must be an object."),
    };

    /// <summary>A copy of the whole object.</summary>
    public JsonObject ToObject() => JsonObject.Create(_object)!;

    /// <summary>A member as it is, or null.</summary>
    public JsonElement? Find(string name) =>
        _object.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    private static string ReadText(JsonElement value, string path, int most)
    {
        if (value.ValueKind is not JsonValueKind.String) throw CallException.Invalid($"{path} must be a text.");
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw CallException.Invalid($"{path} is not valid Unicode: it holds half of a surrogate pair.");
        }

        if (text.Length > most) throw CallException.Invalid($"{path} may have at most {most} characters.");
        return text.Contains('\0', StringComparison.Ordinal) ? throw CallException.Invalid($"{path} holds a NUL character.") : text;
    }

    private static string Name(JsonProperty member, string path)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw CallException.Invalid($"{path} has a name that is not valid Unicode.");
        }
    }
}

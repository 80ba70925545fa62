using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>A client's message: one JSON object. A member that is null counts as absent.</summary>
internal sealed class MessageObject : IDisposable
{
    private readonly JsonDocument _document;

    private MessageObject(JsonDocument document) => _document = document;

    /// <summary>Reads a message.</summary>
    /// <param name="message">Whatever the client sent.</param>
    /// <param name="fields">The object.</param>
    /// <param name="wrong">Why it is none.</param>
    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out MessageObject? fields, [NotNullWhen(false)] out string? wrong)
    {
        (fields, wrong) = (null, null);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(message);
        }
        catch (JsonException)
        {
            wrong = "The message is not JSON.";
            return false;
        }

        if (document.RootElement.ValueKind is JsonValueKind.Object)
        {
            fields = new MessageObject(document);
            return true;
        }

        document.Dispose();
        wrong = "The message is not a JSON object.";
        return false;
    }

    /// <summary>Whether a member is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text; null where there is none, or something else.</summary>
    public string? Text(string name)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.String } value) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which is no text.
            return null;
        }
    }

    /// <summary>A member, or null.</summary>
    public JsonElement? Find(string name) =>
        _document.RootElement.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    public void Dispose() => _document.Dispose();
}

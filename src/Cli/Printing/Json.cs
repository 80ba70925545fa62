using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sandboxes.Cli.Printing;

/// <summary>What --json prints: the members of docs/hub.md.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions s_line = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions s_document = new(s_line) { WriteIndented = true };

    public static string Line(object value) => JsonSerializer.Serialize(value, s_line);

    public static string Document(object value) => JsonSerializer.Serialize(value, s_document);
}

using System.Buffers;
using System.Text.Json;

namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>What the server sends: one JSON object a message.</summary>
internal static class ServerMessage
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How it stands.</summary>
    public static ReadOnlyMemory<byte> Status(string status) => Write("status_update", "status", status);

    /// <summary>What went wrong, for a person.</summary>
    public static ReadOnlyMemory<byte> Error(string message) => Write("error", "message", message);

    /// <summary>What the program wrote.</summary>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="data">Whole characters.</param>
    public static ReadOnlyMemory<byte> Output(string stream, ReadOnlySpan<char> data) => Write(stream, "data", data);

    /// <summary>Which sandbox it is, and what opens it.</summary>
    public static ReadOnlyMemory<byte> Sandbox(string id, string token) => Write("sandbox_id", "sandbox_id", id, "sandbox_token", token);

    private static ReadOnlyMemory<byte> Write(string name, string member, ReadOnlySpan<char> value, string? second = null, string? secondValue = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            json.WriteString(member, value);
            if (second is not null) json.WriteString(second, secondValue);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}

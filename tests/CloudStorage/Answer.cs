using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sandbox.CloudStorage;

/// <summary>What a request is answered with.</summary>
internal sealed record Answer(int Status, ReadOnlyMemory<byte> Body = default, string ContentType = "application/json; charset=UTF-8")
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static Answer Of(object value, int status = 200) => new(status, JsonSerializer.SerializeToUtf8Bytes(value, Json));

    public static Answer Error(int status, string reason, string message) =>
        Of(new { error = new { code = status, message, errors = new[] { new { message, domain = "global", reason } } } }, status);
}

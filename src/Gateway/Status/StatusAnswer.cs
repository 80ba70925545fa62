using System.Text.Json.Serialization;

namespace Sandbox.Gateway.Status;

/// <summary>The answer of <c>GET /status</c>.</summary>
internal sealed record StatusAnswer(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("engine")] string Engine,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);

using System.Text.Json.Serialization;

namespace Sandbox.Gateway.Status;

/// <summary>The answer of <c>GET /</c>: what this is and where to go on.</summary>
internal sealed record ServiceAnswer(
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("engine")] string Engine,
    [property: JsonPropertyName("links")] IReadOnlyDictionary<string, string> Links);

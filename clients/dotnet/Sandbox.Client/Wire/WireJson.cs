using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sandboxes.Wire;

/// <summary>How both sides write JSON: camelCase, absent members instead of nulls, bytes as base64, durations as seconds, words for enumerations.</summary>
internal static class WireJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new SecondsConverter());
        options.Converters.Add(new WordConverter<SandboxStatus>());
        options.Converters.Add(new WordConverter<IdleAction>());
        options.Converters.Add(new WordConverter<ProcessStatus>());
        options.Converters.Add(new WordConverter<ExitReason>());
        options.Converters.Add(new WordConverter<FullLogPolicy>());
        options.Converters.Add(new WordConverter<SandboxUser>());
        return options;
    }
}

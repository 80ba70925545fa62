using System.Globalization;
using System.Text.Json;

namespace Sandbox.Gateway.Tests.OpenApi;

/// <summary>As much of JSON Schema as the document uses. What it does not know fails, so that nothing is passed over in silence.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    /// <summary>Says what is wrong with a value, or null.</summary>
    public string? Check(JsonElement schema, JsonElement value, string at = "$")
    {
        foreach (var rule in schema.EnumerateObject())
        {
            if (Check(rule, schema, value, at) is { } fault) return fault;
        }

        return null;
    }

    private string? Check(JsonProperty rule, JsonElement schema, JsonElement value, string at) => rule.Name switch
    {
        "description" or "format" => null,
        "$ref" => Check(Resolve(rule.Value.GetString()!), value, at),
        "type" => Types(rule.Value).Any(type => IsOf(type, value)) ? null : $"{at} is no {rule.Value}",
        "const" => JsonElement.DeepEquals(rule.Value, value) ? null : $"{at} is not {rule.Value}",
        "enum" => rule.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)) ? null : $"{at} is none of {rule.Value}",
        "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= rule.Value.GetDouble() ? null : $"{at} is too small",
        "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= rule.Value.GetDouble() ? null : $"{at} is too large",
        "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= rule.Value.GetInt32() ? null : $"{at} is too short",
        "required" => rule.Value.EnumerateArray().Select(name => name.GetString()!).FirstOrDefault(name => !value.TryGetProperty(name, out _)) is { } missing
            ? $"{at} lacks {missing}" : null,
        "properties" => rule.Value.EnumerateObject()
            .Select(member => value.TryGetProperty(member.Name, out var own) ? Check(member.Value, own, $"{at}.{member.Name}") : null)
            .FirstOrDefault(fault => fault is not null),
        "additionalProperties" when rule.Value.ValueKind == JsonValueKind.False => value.EnumerateObject()
            .FirstOrDefault(member => !schema.GetProperty("properties").TryGetProperty(member.Name, out _)) is { Value.ValueKind: not JsonValueKind.Undefined } extra
            ? $"{at} has {extra.Name}, which is not documented" : null,
        "additionalProperties" => value.EnumerateObject().Select(member => Check(rule.Value, member.Value, $"{at}.{member.Name}")).FirstOrDefault(f => f is not null),
        "items" => value.EnumerateArray().Select((item, i) => Check(rule.Value, item, $"{at}[{i.ToString(CultureInfo.InvariantCulture)}]")).FirstOrDefault(f => f is not null),
        "oneOf" => rule.Value.EnumerateArray().Count(one => Check(one, value, at) is null) == 1
            ? null : $"{at} is not exactly one of: {string.Join("; ", rule.Value.EnumerateArray().Select(one => Check(one, value, at) ?? "fits"))}",
        _ => $"{at}: this check does not know '{rule.Name}'",
    };

    private JsonElement Resolve(string reference)
    {
        var element = document;
        foreach (var part in reference.Split('/').Skip(1)) element = element.GetProperty(part);
        return element;
    }

    private static IEnumerable<string> Types(JsonElement types) =>
        types.ValueKind == JsonValueKind.Array ? types.EnumerateArray().Select(type => type.GetString()!) : [types.GetString()!];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Hub;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Rest;

/// <summary>What a request under <c>/v1</c> says, in the form in which the hub's calls say it.</summary>
internal static class RestArguments
{
    /// <summary>The header with a sandbox's token.</summary>
    public const string TokenHeader = "Sandbox-Token";

    private const string Label = "label";

    /// <summary>The body: one JSON object, or nothing for an empty one.</summary>
    public static async Task<Arguments> ReadBodyAsync(HttpRequest request)
    {
        var body = await RequestBody.ReadAsync(request, HubSetup.MostMessage, ExecuteProblems.BodyTooLarge(HubSetup.MostMessage));
        if (body.Length == 0) return Arguments.Of(JsonElement.Parse("{}"));
        if (!request.HasJsonContentType())
        {
            throw new ProblemException(ExecuteProblems.UnsupportedMediaType("Send a JSON object with -H 'Content-Type: application/json'."));
        }

        try
        {
            return Arguments.Of(JsonElement.Parse(body));
        }
        catch (JsonException)
        {
            throw CallException.Invalid("The body is no JSON.");
        }
    }

    /// <summary>The query. Names that are not asked for are ignored.</summary>
    /// <param name="query">The query.</param>
    /// <param name="texts">Which names are texts.</param>
    /// <param name="numbers">Which are numbers.</param>
    /// <param name="flags">Which are <c>true</c> or <c>false</c>.</param>
    public static Arguments ReadQuery(IQueryCollection query, string[] texts, string[] numbers, string[] flags)
    {
        var members = new JsonObject();
        foreach (var name in texts) Take(query, members, name, text => text);
        foreach (var name in numbers) Take(query, members, name, text => Number(text) is { } number ? number : text);
        foreach (var name in flags) Take(query, members, name, text => text is "true" or "false" ? text == "true" : text);
        if (query.TryGetValue(Label, out var labels)) members["labels"] = ReadLabels(labels);
        return Arguments.Of(JsonSerializer.SerializeToElement(members));
    }

    /// <summary>What a request says of something that its path names.</summary>
    /// <param name="name">The name in the path.</param>
    /// <param name="rest">What its query or body says; nothing when it is left out.</param>
    public static Arguments Named(string name, Arguments? rest = null)
    {
        var members = rest?.ToObject() ?? [];
        members["name"] = name;
        return Arguments.Of(JsonSerializer.SerializeToElement(members));
    }

    /// <summary>A sandbox's token, or null.</summary>
    public static string? Token(HttpRequest request) => request.Headers[TokenHeader] switch
    {
        [] => null,
        [{ Length: > 0 and <= Access.SandboxTokenText.Most } token] => token,
        _ => throw new CallException(CallError.Unauthorized($"{TokenHeader} holds no token.")),
    };

    private static void Take(IQueryCollection query, JsonObject members, string name, Func<string, JsonNode> read)
    {
        if (!query.TryGetValue(name, out var values)) return;
        members[name] = values is [{ } text] ? read(text) : throw CallException.Invalid($"{name} is there more than once.");
    }

    private static JsonNode? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number
        : null;

    private static JsonObject ReadLabels(Microsoft.Extensions.Primitives.StringValues labels)
    {
        var members = new JsonObject();
        foreach (var label in labels)
        {
            var at = label?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (at < 1) throw CallException.Invalid("label must be NAME=VALUE; give it once for each label.");
            members[label![..at]] = label[(at + 1)..];
        }

        return members;
    }
}

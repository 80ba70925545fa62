using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Sandbox.Gateway.OpenApi;

/// <summary>Short ways to write schemas down.</summary>
internal static class Schemas
{
    public static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    public static OpenApiSchema Constant(string value) => new() { Type = JsonSchemaType.String, Const = value };

    public static OpenApiSchema OneOfTexts(string description, params string[] values) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        Enum = [.. values.Select(value => (JsonNode)value)],
    };

    public static OpenApiSchema Number(string description) => new() { Type = JsonSchemaType.Number, Description = description, Minimum = "0" };

    public static OpenApiSchema Boolean(string description) => new() { Type = JsonSchemaType.Boolean, Description = description };

    public static OpenApiSchema IntegerOrNull(string description) =>
        new() { Type = JsonSchemaType.Integer | JsonSchemaType.Null, Description = description };

    /// <summary>Any JSON value.</summary>
    public static OpenApiSchema Anything(string description) => new() { Description = description };

    /// <summary>A closed object; a name that ends in '?' may be left out.</summary>
    public static OpenApiSchema Object(string description, params (string Name, IOpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        AdditionalPropertiesAllowed = false,
        Required = members.Select(member => member.Name).Where(name => !name.EndsWith('?')).ToHashSet(StringComparer.Ordinal),
        Properties = members.ToDictionary(member => member.Name.TrimEnd('?'), member => member.Schema, StringComparer.Ordinal),
    };

    public static IOpenApiResponse Response(string description, params (string MediaType, OpenApiMediaType Content)[] contents) => new OpenApiResponse
    {
        Description = description,
        Content = contents.ToDictionary(content => content.MediaType, content => content.Content, StringComparer.Ordinal),
    };

    public static OpenApiMediaType Media(IOpenApiSchema schema, JsonNode? example = null) => new() { Schema = schema, Example = example };

    /// <summary>A header of a response.</summary>
    public static IOpenApiHeader Header(string description, JsonSchemaType type = JsonSchemaType.String) =>
        new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = type } };
}

using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.OpenApi;

/// <summary>Problem details in the document.</summary>
internal static class ProblemSchema
{
    private const string Id = "Problem";

    /// <summary>A response with problem details and the codes that it may have.</summary>
    public static IOpenApiResponse Response(OpenApiDocument document, string description, params string[] codes)
    {
        var example = new JsonObject
        {
            ["type"] = $"urn:sandbox:problem:{codes[0]}",
            ["title"] = "What kind of problem it is",
            ["status"] = 400,
            ["detail"] = "What is the matter and what to do.",
            ["code"] = codes[0],
        };
        return Schemas.Response(Describe(description, codes), (GatewayProblem.ContentType, Schemas.Media(Reference(document), example)));
    }

    /// <summary>A description that lists codes.</summary>
    public static string Describe(string description, params string[] codes) => $"{description} Codes: {string.Join(", ", codes.Select(code => $"`{code}`"))}.";

    public static IOpenApiSchema Reference(OpenApiDocument document)
    {
        document.AddComponent(Id, Schemas.Object(
            "Problem details (RFC 9457).",
            ("type", Schemas.Text("A URI that names the kind of problem.")),
            ("title", Schemas.Text("The kind of problem, for a person.")),
            ("status", new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." }),
            ("detail", Schemas.Text("What is the matter with this request and what to do.")),
            ("code", Schemas.Text("The kind of problem, for a program. Codes never change.")),
            ("id?", Schemas.Text("With internal_error: the number under which the server's log has the cause.")),
            ("expected?", Schemas.IntegerOrNull("For an offset that leaves a gap: the right one.")),
            ("sandboxStatus?", Schemas.Text("The status of the sandbox, where that is the reason.")),
            ("file?", Schemas.Text("Of an operation on files: what is the matter.")),
            ("error?", Schemas.Text("The same as detail, in answers to JSON requests."))));
        return new OpenApiSchemaReference(Id, document);
    }
}

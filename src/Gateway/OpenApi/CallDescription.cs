using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.OpenApi;

/// <summary>Describes the calls under <c>/v1</c>: what they take is read by hand, and so described by hand.</summary>
internal static class CallDescription
{
    private static readonly string[] s_codes =
    [
        CallCode.Invalid, CallCode.Unauthorized, CallCode.NotFound, CallCode.Conflict, CallCode.Unknown, CallCode.Gone,
        CallCode.Limit, CallCode.Overloaded, CallCode.Unavailable, CallCode.Timeout, CallCode.Internal,
    ];

    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string name, string summary) =>
        endpoint.WithName(name).WithTags("Sandboxes").WithSummary(summary);

    /// <summary>The call takes a JSON object.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, Func<OpenApiSchema> body) => endpoint.WithMetadata(new TakenBody(body));

    /// <summary>The call answers with a stream.</summary>
    public static RouteHandlerBuilder Streams(this RouteHandlerBuilder endpoint, params string[] types) => endpoint.WithMetadata(new StreamedTypes(types));

    /// <summary>Completes an operation from what its endpoint carries.</summary>
    public static void Complete(OpenApiOperation operation, OpenApiDocument document, IList<object> metadata)
    {
        operation.Responses ??= [];
        operation.Parameters ??= [];
        operation.Parameters.Add(Header(RestArguments.TokenHeader, "A sandbox's token, in place of a key."));
        foreach (var parameter in Query(operation.OperationId)) operation.Parameters.Add(parameter);
        if (metadata.OfType<TakenBody>().FirstOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = Schemas.Media(body.Schema()) },
            };
        }

        if (metadata.OfType<StreamedTypes>().FirstOrDefault() is { } stream)
        {
            operation.Responses["200"] = Schemas.Response(
                "What there is, as it comes.", [.. stream.Types.Select(type => (type, Schemas.Media(Schemas.Anything("Bytes, or items one after another."))))]);
        }

        foreach (var status in s_codes.GroupBy(code => CallProblems.StatusOf(code).Status))
        {
            operation.Responses[$"{status.Key}"] = ProblemSchema.Response(document, CallProblems.StatusOf(status.First()).Title + ".", [.. status]);
        }

        operation.Responses["403"] = ExecuteDescription.Forbidden(document, CallCode.Forbidden);
        operation.Responses["413"] = ProblemSchema.Response(document, "The body is too large.", ProblemCode.BodyTooLarge);
        operation.Responses["415"] = ProblemSchema.Response(document, "The body's media type is not taken.", ProblemCode.UnsupportedMediaType);
    }

    private static IEnumerable<OpenApiParameter> Query(string? name) => name switch
    {
        "listSandboxes" =>
        [
            Parameter("after", JsonSchemaType.String, "Begins behind this id: the page before said it as `next`."),
            Parameter("limit", JsonSchemaType.Integer, "How many at most, 1 to 10,000. Left out: 100."),
            Parameter("label", JsonSchemaType.String, "NAME=VALUE: only sandboxes with this label. May be there several times."),
        ],
        "listSnapshots" =>
        [
            Parameter("after", JsonSchemaType.String, "Begins behind this name: the page before said it as `next`."),
            Parameter("limit", JsonSchemaType.Integer, "How many at most, 1 to 1,000. Left out: 100."),
            Parameter("label", JsonSchemaType.String, "NAME=VALUE: only snapshots with this label. May be there several times."),
        ],
        "listTemplates" =>
        [
            Parameter("after", JsonSchemaType.String, "Begins behind this name: the page before said it as `next`."),
            Parameter("limit", JsonSchemaType.Integer, "How many of the owner's at most, 1 to 1,000. Left out: 100."),
        ],
        "deleteSnapshot" => [Parameter("cascade", JsonSchemaType.Boolean, "Whether the snapshots that stand on it go too. Left out: false.")],
        "importSnapshot" =>
        [
            Parameter("overwrite", JsonSchemaType.Boolean, "Whether one of that name is replaced. Left out: false."),
            Parameter("label", JsonSchemaType.String, "NAME=VALUE: a label that it gets. May be there several times."),
        ],
        "readOutput" =>
        [
            Parameter("channel", JsonSchemaType.String, "stdout (default), stderr or terminal."),
            Parameter("offset", JsonSchemaType.Integer, "The first byte. Left out: the first that can be read."),
            Parameter("timeline", JsonSchemaType.Integer, "The history that the offset belongs to. Left out: the present one."),
            Parameter("follow", JsonSchemaType.Boolean, "Whether to wait for more until the program has ended. Left out: true."),
        ],
        "readEvents" =>
        [
            Parameter("since", JsonSchemaType.Integer, "Begins behind this number. Left out: 0, the sandbox's beginning."),
            Parameter("follow", JsonSchemaType.Boolean, "Whether to wait for more. Left out: true."),
        ],
        "readFile" or "readArchive" => [.. Files],
        "writeFile" or "writeArchive" => [.. Files, .. Written],
        "writeFilePart" =>
        [
            .. Files, .. Written,
            Parameter("upload", JsonSchemaType.String, "An id of your own for the parts of one file."),
            Parameter("offset", JsonSchemaType.Integer, "Where the part begins. When appending: how long the file is to be."),
            Parameter("finish", JsonSchemaType.Boolean, "Whether it is the last part."),
            Parameter("abandon", JsonSchemaType.Boolean, "Throws the upload away."),
            Parameter("unpack", JsonSchemaType.Boolean, "The parts are those of a tar archive, which is unpacked into the path as they come."),
            Parameter("append", JsonSchemaType.Boolean, "Appends to the file; without upload."),
        ],
        "queryFiles" =>
        [
            .. Files,
            Parameter("depth", JsonSchemaType.Integer, "Of list: how many levels, 1 to 1,000. Left out: 1."),
            Parameter("limit", JsonSchemaType.Integer, "How many items at most, 1 to 100,000. Left out: 10,000."),
            Parameter("pattern", JsonSchemaType.String, "Of glob: against paths below the path; ** stands for any number of directories."),
            Parameter("text", JsonSchemaType.String, "Of search."),
            Parameter("expression", JsonSchemaType.Boolean, "Of search: whether the text is a POSIX extended regular expression."),
            Parameter("anyCase", JsonSchemaType.Boolean, "Of search."),
            Parameter("recursive", JsonSchemaType.Boolean, "Of watch: whether directories below are watched too."),
        ],
        _ => [],
    };

    private static OpenApiParameter[] Files =>
    [
        Parameter("path", JsonSchemaType.String, "Absolute."), Parameter("pathBytes", JsonSchemaType.String, "Base64, in place of a path that is no UTF-8."),
        Parameter("user", JsonSchemaType.String, "user or root. Left out: as the sandbox says."),
    ];

    private static OpenApiParameter[] Written =>
    [
        Parameter("mode", JsonSchemaType.String, "Permissions as octal text. Left out: those of the file before, or 0644."),
        Parameter("uid", JsonSchemaType.Integer, "The owner, which only root can give."), Parameter("gid", JsonSchemaType.Integer, "The group."),
        Parameter("parents", JsonSchemaType.Boolean, "Whether missing directories above are made."),
        Parameter("keepExisting", JsonSchemaType.Boolean, "Whether what has the name stays, which is an error then."),
    ];

    private static OpenApiParameter Parameter(string name, JsonSchemaType type, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = new OpenApiSchema { Type = type },
    };

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private sealed record TakenBody(Func<OpenApiSchema> Schema);

    private sealed record StreamedTypes(string[] Types);
}

using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Main;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.OpenApi;

/// <summary>Describes <c>POST /execute</c>. By hand: its two forms share a path, and none of its bodies is bound or written by a serializer.</summary>
internal static class ExecuteDescription
{
    private const string Json = "application/json";

    private const string Description =
        "Runs the script once, in a fresh sandbox that serves nothing else. A script sent as text/plain is run as a program, and what it "
        + "writes is streamed as it is written. A script sent as JSON must define main(), whose result is the answer.";

    public static void Describe(OpenApiOperation operation, OpenApiDocument document, GatewayOptions options)
    {
        operation.Description = Description;
        operation.Parameters = [Language(), Timeout(options)];
        operation.RequestBody = Body(document, options);
        operation.Responses = new OpenApiResponses
        {
            ["200"] = Done(document),
            ["400"] = Schemas.Response(
                ProblemSchema.Describe(
                    "The request cannot be used, or the script sent as JSON came to no result.",
                    ProblemCode.EmptyScript, ProblemCode.NulBytes, ProblemCode.InvalidUtf8, ProblemCode.InvalidTimeout, ProblemCode.InvalidRequest,
                    MainErrors.InvalidJson, MainErrors.MissingField, MainErrors.UnknownField, MainErrors.InvalidField, MainErrors.NoMain,
                    MainErrors.NotSerializable, MainErrors.Exception, MainErrors.Syntax, MainErrors.Exit, MainErrors.NoResult,
                    MainErrors.InvalidResult, MainErrors.ResultTooLarge, MainErrors.ResultTooDeep, "killed", "timeout", "out_of_memory",
                    "output_limit", "cpu_limit", "start_failed", "sandbox_failed"),
                (GatewayProblem.ContentType, Schemas.Media(ProblemSchema.Reference(document))),
                (Json, Schemas.Media(ExecuteSchemas.Failure(document), new JsonObject { ["error"] = MainErrors.NoMainMessage, ["code"] = MainErrors.NoMain }))),
            ["401"] = ProblemSchema.Response(document, "No key was shown that opens this server.", ProblemCode.Unauthorized),
            ["403"] = Forbidden(document),
            ["406"] = ProblemSchema.Response(document, "The Accept header takes nothing that this call answers with.", ProblemCode.NotAcceptable),
            ["408"] = ProblemSchema.Response(document, "The body came too slowly.", ProblemCode.BodyTooSlow),
            ["413"] = WithFailure(document, "Something is too large.", ProblemCode.ScriptTooLarge, ProblemCode.BodyTooLarge),
            ["415"] = ProblemSchema.Response(document, "The body's media type is not taken.", ProblemCode.UnsupportedMediaType),
            ["422"] = WithFailure(document, "There is no such language, or no host can do this.", ProblemCode.UnknownLanguage, ProblemCode.InvalidRequest),
            ["500"] = ProblemSchema.Response(document, "The server failed.", ProblemCode.Internal),
            ["503"] = Busy(document),
        };
    }

    public static IOpenApiResponse Forbidden(OpenApiDocument document, params string[] more) => ProblemSchema.Response(
        document, "The request names another host, comes from a web page that may not call, or asks for what the operator does not allow.",
        [ProblemCode.HostNotAllowed, ProblemCode.OriginNotAllowed, ProblemCode.CrossSite, .. more]);

    private static OpenApiParameter Language() => new()
    {
        Name = "language",
        In = ParameterLocation.Query,
        Description = "A member of the same name in a JSON body comes before it.",
        Schema = ExecuteSchemas.Language(),
    };

    private static OpenApiParameter Timeout(GatewayOptions options) => new()
    {
        Name = "timeout",
        In = ParameterLocation.Query,
        Description = $"Seconds on the wall clock, fractions allowed. Left out: {options.DefaultTimeoutSeconds} for text, "
            + $"{options.Json.DefaultTimeoutSeconds} for JSON. At most {options.MaxTimeoutSeconds} for text, {options.Json.MaxTimeoutSeconds} for JSON.",
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Number,
            Minimum = $"{ExecuteQuery.LeastTimeoutSeconds}",
            Maximum = $"{Math.Max(options.MaxTimeoutSeconds, options.Json.MaxTimeoutSeconds)}",
        },
    };

    private static OpenApiRequestBody Body(OpenApiDocument document, GatewayOptions options)
    {
        var script = Schemas.Text($"The script: at most {options.MaxScriptBytes} bytes of UTF-8, without NUL.");
        script.MinLength = 1;
        return new OpenApiRequestBody
        {
            Required = true,
            Description = "A body without a Content-Type is taken for text/plain.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["text/plain"] = Schemas.Media(script, "print('Hello from the sandbox!')"),
                [Json] = Schemas.Media(
                    ExecuteSchemas.Request(document, options.Json),
                    new JsonObject { ["script"] = "def main():\n    print('Processing data...')\n    return {'sum': sum([1, 2, 3])}" }),
            },
        };
    }

    private static IOpenApiResponse Done(OpenApiDocument document)
    {
        const string Out = """{"type":"stdout","text":"Hello from the sandbox!\n"}""";
        const string Exit = """{"type":"exit","reason":"exited","code":0,"signal":null,"timings":{"queued_ms":0.2,"ran_ms":11.8,"cpu_ms":9.1,"warm":true}}""";
        var response = (OpenApiResponse)Schemas.Response(
            "The script runs. Text is answered by its output as it is written: as it is, or as events, one a line or as server-sent events. JSON is answered by what main() returned, once it has.",
            ("text/plain", Schemas.Media(Schemas.Text("Stdout and stderr, in the order of their arrival."), "Hello from the sandbox!\n")),
            // The schema is that of a line: version 3.1 has no word for a sequence.
            ("application/x-ndjson", Schemas.Media(ExecuteSchemas.Event(document), $"{Out}\n{Exit}\n")),
            ("text/event-stream", Schemas.Media(
                Schemas.Text("The same events; each one's name is its type, and its data the JSON object."),
                $"event: stdout\ndata: {Out}\n\nevent: exit\ndata: {Exit}\n\n")),
            (Json, Schemas.Media(
                ExecuteSchemas.Result(document),
                new JsonObject { ["result"] = new JsonObject { ["sum"] = 6 }, ["stdout"] = "Processing data...\n" })));
        response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
        {
            ["Trailer"] = Schemas.Header(
                "With text/plain, for callers that send `TE: trailers`: the trailers Sandbox-Exit-Reason, Sandbox-Exit-Code and Sandbox-Exit-Signal follow the output."),
        };
        return response;
    }

    private static IOpenApiResponse WithFailure(OpenApiDocument document, string description, params string[] codes) => Schemas.Response(
        ProblemSchema.Describe(description, codes),
        (GatewayProblem.ContentType, Schemas.Media(ProblemSchema.Reference(document))),
        (Json, Schemas.Media(ExecuteSchemas.Failure(document))));

    private static IOpenApiResponse Busy(OpenApiDocument document)
    {
        var response = (OpenApiResponse)ProblemSchema.Response(
            document, "Nothing ran: no sandbox became free in time, or the server cannot run anything now.",
            ProblemCode.Overloaded, ProblemCode.Stopping, ProblemCode.Unavailable);
        response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
        {
            ["Retry-After"] = Schemas.Header("Seconds after which it is worth trying again; always with overloaded.", JsonSchemaType.Integer),
        };
        return response;
    }
}

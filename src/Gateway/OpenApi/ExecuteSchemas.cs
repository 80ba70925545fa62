using Microsoft.OpenApi;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Main;

namespace Sandbox.Gateway.OpenApi;

/// <summary>The bodies of <c>POST /execute</c> in the document.</summary>
internal static class ExecuteSchemas
{
    public static IOpenApiSchema Request(OpenApiDocument document, MainOptions limits)
    {
        var script = Schemas.Text($"The script: at most {limits.MaxScriptBytes} bytes of UTF-8, without NUL. Python must define main().");
        script.MinLength = 1;
        var arguments = new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Description = $"Arguments after the script's name. With env at most {limits.MaxArgumentBytes} bytes.",
            Items = new OpenApiSchema { Type = JsonSchemaType.String },
        };
        var environment = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Environment variables beside and over the sandbox's own.",
            AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String },
        };
        var timeout = new OpenApiSchema
        {
            Type = JsonSchemaType.Number,
            Description = $"Seconds on the wall clock; {limits.DefaultTimeoutSeconds} when left out.",
            Minimum = $"{ExecuteQuery.LeastTimeoutSeconds}",
            Maximum = $"{limits.MaxTimeoutSeconds}",
        };
        return Component(document, "ExecuteRequest", Schemas.Object(
            "A script, and what it runs with. No other member is allowed.",
            ("script", script),
            ("language?", Language()),
            ("args?", arguments),
            ("stdin?", Schemas.Text($"What the program reads on its standard input: at most {limits.MaxStdinBytes} bytes.")),
            ("env?", environment),
            ("timeout?", timeout)));
    }

    public static OpenApiSchema Language() => Schemas.OneOfTexts("The script's language; python when left out.", LanguageNames.Python, LanguageNames.Bash);

    public static IOpenApiSchema Result(OpenApiDocument document)
    {
        var main = Component(document, "MainResult", Schemas.Object(
            "What a Python script's main() returned.",
            ("result", Schemas.Anything("What main() returned, as JSON.")),
            ("stdout", Schemas.Text("What was printed. Bytes that are not UTF-8 have become U+FFFD."))));
        var program = Component(document, "ProgramResult", Schemas.Object(
            "What a script of another language did.",
            ("result", new OpenApiSchema { Type = JsonSchemaType.Null }),
            ("stdout", Schemas.Text("Its standard output.")),
            ("stderr", Schemas.Text("Its standard error.")),
            ("exit_code", new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Its exit code." })));
        return new OpenApiSchema { OneOf = [main, program] };
    }

    public static IOpenApiSchema Failure(OpenApiDocument document) => Component(document, "ExecuteFailure", Schemas.Object(
        "Why there is no result.",
        ("error", Schemas.Text("What went wrong, for a person.")),
        ("code", Schemas.Text("What went wrong, for a program. Codes never change.")),
        ("detail?", Schemas.Text("More about it.")),
        ("traceback?", Schemas.Text("Python's traceback.")),
        ("stdout?", Schemas.Text("What the script had printed; when it ran.")),
        ("stderr?", Schemas.Text("What the script had printed as errors; when it ran.")),
        ("exit?", Component(document, "Exit", Schemas.Object("How the script ended.", ExitMembers(document))))));

    public static IOpenApiSchema Event(OpenApiDocument document) => Component(document, "Event", new OpenApiSchema
    {
        Description = "What happened. Ignore types and members that you do not know.",
        OneOf =
        [
            Output(document, "stdout"),
            Output(document, "stderr"),
            Component(document, "ExitEvent", Schemas.Object(
                "The program has ended; always the last event.", [("type", Schemas.Constant("exit")), .. ExitMembers(document)])),
        ],
    });

    private static IOpenApiSchema Output(OpenApiDocument document, string type) => Component(document, $"{type}_event", new OpenApiSchema
    {
        OneOf =
        [
            Schemas.Object($"Text that the program wrote to {type}.", ("type", Schemas.Constant(type)), ("text", Schemas.Text("The text."))),
            Schemas.Object(
                $"Bytes that the program wrote to {type} and that are not UTF-8.",
                ("type", Schemas.Constant(type)), ("base64", Schemas.Text("The bytes in base64."))),
        ],
    });

    private static (string Name, IOpenApiSchema Schema)[] ExitMembers(OpenApiDocument document) =>
    [
        ("reason", Schemas.OneOfTexts(
            "Why it ended.", "exited", "killed", "timeout", "out_of_memory", "output_limit", "cpu_limit", "start_failed", "sandbox_failed")),
        ("code", Schemas.IntegerOrNull("The exit code, 0 to 255; null when a signal ended it or it never started.")),
        ("signal", Schemas.IntegerOrNull("The number of the signal that ended it, or null.")),
        ("signal_name?", Schemas.Text("The signal's name, such as SIGSEGV.")),
        ("message?", Schemas.Text("More about it, for a person.")),
        ("timings", Component(document, "Timings", Schemas.Object(
            "Where the time went.",
            ("queued_ms", Schemas.Number("Milliseconds until it had a sandbox.")),
            ("ran_ms", Schemas.Number("Milliseconds from then until its exit.")),
            ("cpu_ms", Schemas.Number("Milliseconds of processor time of the program and the children it waited for; of a program that did not end by itself, of its whole sandbox.")),
            ("warm", Schemas.Boolean("True when the sandbox came from the warm pool."))))),
    ];

    private static OpenApiSchemaReference Component(OpenApiDocument document, string id, OpenApiSchema schema)
    {
        document.AddComponent(id, schema);
        return new OpenApiSchemaReference(id, document);
    }
}

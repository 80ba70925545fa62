using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>A failed JSON execution. Compatibility fixes the body: an object with <c>error</c>, and what else is known beside it.</summary>
/// <param name="Status">The HTTP status: 4xx.</param>
/// <param name="Error">What went wrong, for a person.</param>
/// <param name="Code">The same for a program.</param>
internal sealed record MainFailure(int Status, string Error, string Code)
{
    /// <summary>More about it, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>Python's traceback, or null.</summary>
    public string? Traceback { get; init; }

    /// <summary>What ran and how it ended; null when nothing ran.</summary>
    public MainOutput? Output { get; init; }

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = MainAnswer.ContentType;
        await using var writer = new Utf8JsonWriter(response.BodyWriter, JsonAnswers.Writing);
        writer.WriteStartObject();
        writer.WriteString("error", Error);
        writer.WriteString("code", Code);
        if (Detail is not null)
        {
            writer.WriteString("detail", Detail);
        }

        if (Traceback is not null)
        {
            writer.WriteString("traceback", Traceback);
        }

        if (Output is { } output)
        {
            writer.WriteString("stdout", output.Stdout);
            writer.WriteString("stderr", output.Stderr);
            writer.WriteStartObject("exit");
            EventJson.WriteExit(writer, output.Exited);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        await writer.FlushAsync(response.HttpContext.RequestAborted);
    }
}

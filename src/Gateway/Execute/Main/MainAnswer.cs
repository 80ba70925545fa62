using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>The answers of JSON executions that went well.</summary>
internal static class MainAnswer
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>What <c>main()</c> returned, and what was printed.</summary>
    /// <param name="response">Where to.</param>
    /// <param name="result">JSON that has been checked: it is copied as it is, so that no number changes on its way.</param>
    /// <param name="output">The rest.</param>
    public static async Task WriteResultAsync(HttpResponse response, ReadOnlyMemory<byte> result, MainOutput output)
    {
        await using var writer = Begin(response);
        writer.WriteStartObject();
        writer.WritePropertyName("result");
        writer.WriteRawValue(result.Span, skipInputValidation: true);
        writer.WriteString("stdout", output.Stdout);
        writer.WriteEndObject();
        await writer.FlushAsync(response.HttpContext.RequestAborted);
    }

    /// <summary>A program that has no <c>main()</c> to return anything: both streams and the exit.</summary>
    public static async Task WriteProgramAsync(HttpResponse response, MainOutput output)
    {
        await using var writer = Begin(response);
        writer.WriteStartObject();
        writer.WriteNull("result");
        writer.WriteString("stdout", output.Stdout);
        writer.WriteString("stderr", output.Stderr);
        writer.WriteNumber("exit_code", output.Exited.Code ?? 0);
        writer.WriteEndObject();
        await writer.FlushAsync(response.HttpContext.RequestAborted);
    }

    private static Utf8JsonWriter Begin(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
        return new Utf8JsonWriter(response.BodyWriter, JsonAnswers.Writing);
    }
}

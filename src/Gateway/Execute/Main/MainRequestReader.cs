using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>Reads and checks a JSON body. Every fault has its own words; a member that is not known is one, since it may be a misspelt limit.</summary>
internal sealed class MainRequestReader(MainOptions limits)
{
    private const string Known = "script, language, args, stdin, env, timeout";

    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <exception cref="MainFailureException">The body cannot be used.</exception>
    public MainRequest Read(byte[] body)
    {
        if (!Utf8.IsValid(body))
        {
            throw Bad(ExecuteProblems.InvalidUtf8("The body"));
        }

        try
        {
            using var document = JsonDocument.Parse(body, s_strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(document.RootElement)
                : throw Bad(MainErrors.InvalidJson, "The body must be a JSON object with a 'script' in it.");
        }
        catch (JsonException exception)
        {
            throw Bad(MainErrors.InvalidJson, $"The body is not valid JSON: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            // JSON can spell half a surrogate pair, also in a name; UTF-8 cannot.
            throw Bad(ExecuteProblems.InvalidUtf8("A string in the body"));
        }
    }

    private MainRequest Read(JsonElement root)
    {
        byte[]? script = null;
        var request = new MainRequest { Script = [] };
        foreach (var member in root.EnumerateObject())
        {
            var value = member.Value;
            switch (member.Name)
            {
                case "script":
                    script = Script(value);
                    break;
                case "language":
                    request = request with { Language = ReadLanguage(value) };
                    break;
                case "args":
                    request = request with { Arguments = ReadArguments(value) };
                    break;
                case "stdin":
                    request = request with { Stdin = Stdin(value) };
                    break;
                case "env":
                    request = request with { Environment = ReadEnvironment(value) };
                    break;
                case "timeout":
                    request = request with { Timeout = ReadTimeout(value) };
                    break;
                default:
                    throw Bad(MainErrors.UnknownField, $"'{member.Name}' is not a member of this request. It may have: {Known}.");
            }
        }

        if (script is null)
        {
            throw Bad(MainErrors.MissingField, "The body has no 'script'.");
        }

        CheckArgumentBytes(request);
        return request with { Script = script };
    }

    private byte[] Script(JsonElement value)
    {
        var script = Encoding.UTF8.GetBytes(Text(value, "script"));
        if (script.Length == 0)
        {
            throw Bad(ExecuteProblems.EmptyScript() with { Detail = "'script' is empty: it must be the text of a script." });
        }

        return ScriptText.Check(script, limits.MaxScriptBytes) is { } problem ? throw Bad(problem) : script;
    }

    private static Language ReadLanguage(JsonElement value) =>
        LanguageNames.TryParse(Text(value, "language"), out var language) ? language : throw Bad(ExecuteProblems.UnknownLanguage());

    private static string[] ReadArguments(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => TextWithoutNul(item, "args"))]
            : throw WrongType("args", "an array of strings");

    private byte[] Stdin(JsonElement value)
    {
        var stdin = Encoding.UTF8.GetBytes(Text(value, "stdin"));
        return stdin.Length <= limits.MaxStdinBytes
            ? stdin
            : throw Bad(ExecuteProblems.BodyTooLarge(limits.MaxStdinBytes) with { Detail = $"'stdin' is larger than {limits.MaxStdinBytes} bytes." });
    }

    private static Dictionary<string, string> ReadEnvironment(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw WrongType("env", "an object of strings");
        }

        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in value.EnumerateObject())
        {
            var name = variable.Name;
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                throw Bad(MainErrors.InvalidField, "A name in 'env' is empty or holds '=' or NUL.");
            }

            environment[name] = TextWithoutNul(variable.Value, "env");
        }

        return environment;
    }

    private TimeSpan ReadTimeout(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            throw WrongType("timeout", "a number of seconds");
        }

        return value.TryGetDouble(out var seconds) && ExecuteQuery.IsTimeout(seconds, limits.MaxTimeoutSeconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw Bad(ExecuteProblems.InvalidTimeout(limits.MaxTimeoutSeconds));
    }

    private void CheckArgumentBytes(MainRequest request)
    {
        var bytes = request.Arguments.Sum(argument => Encoding.UTF8.GetByteCount(argument) + 1L)
            + request.Environment.Sum(variable => Encoding.UTF8.GetByteCount(variable.Key) + Encoding.UTF8.GetByteCount(variable.Value) + 2L);
        if (bytes > limits.MaxArgumentBytes)
        {
            throw Bad(ExecuteProblems.BodyTooLarge(0) with { Detail = $"'args' and 'env' together are larger than {limits.MaxArgumentBytes} bytes." });
        }
    }

    private static string TextWithoutNul(JsonElement value, string name)
    {
        var text = Text(value, name);
        return text.Contains('\0') ? throw Bad(ExecuteProblems.NulBytes($"'{name}'")) : text;
    }

    private static string Text(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw WrongType(name, name switch { "args" => "an array of strings", "env" => "an object of strings", _ => "a string" });
        }

        return value.GetString()!;
    }

    private static MainFailureException WrongType(string name, string type) => Bad(MainErrors.InvalidField, $"'{name}' must be {type}.");

    private static MainFailureException Bad(string code, string error) => new(new MainFailure(StatusCodes.Status400BadRequest, error, code));

    private static MainFailureException Bad(GatewayProblem problem) => new(new MainFailure(problem.Status, problem.Detail, problem.Code));
}

namespace Sandbox.Gateway.Execute.Main;

/// <summary>The codes of what can go wrong with a JSON execution, beside those of every execution; and the two fixed messages.</summary>
internal static class MainErrors
{
    public const string InvalidJson = "invalid_json";
    public const string MissingField = "missing_field";
    public const string UnknownField = "unknown_field";
    public const string InvalidField = "invalid_field";
    public const string NoMain = "no_main";
    public const string NotSerializable = "not_serializable";
    public const string Exception = "exception";
    public const string Syntax = "syntax_error";
    public const string Exit = "exit";
    public const string NoResult = "no_result";
    public const string InvalidResult = "invalid_result";
    public const string ResultTooLarge = "result_too_large";
    public const string ResultTooDeep = "result_too_deep";

    /// <summary>Clients in the field compare these two to the letter.</summary>
    public const string NoMainMessage = "Script must contain a 'def main():' function";

    /// <inheritdoc cref="NoMainMessage"/>
    public const string NotSerializableMessage = "main() must return a JSON-serializable object";
}

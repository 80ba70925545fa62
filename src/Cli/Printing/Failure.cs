namespace Sandboxes.Cli.Printing;

/// <summary>Tells what went wrong on standard error: one line for people, or one object for programs.</summary>
internal static class Failure
{
    public static async Task PrintAsync(Exception failure, bool json)
    {
        var code = (failure as SandboxException)?.Code ?? ErrorCode.Invalid;
        await Console.Error.WriteLineAsync(json
            ? Json.Line(new { error = new { code, message = Message(failure) } })
            : $"sandbox: {Message(failure)}{Advice(failure)}");
    }

    // What a parameter of the client library is called says nothing here.
    private static string Message(Exception failure) =>
        failure is ArgumentException { ParamName: { } parameter } ? failure.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : failure.Message;

    private static string Advice(Exception failure) => failure switch
    {
        PermissionException { Code: ErrorCode.Unauthorized } => "\nGive a key by --key or SANDBOX_KEY, or the sandbox's token by --token or SANDBOX_TOKEN.",
        NotFoundException { File: null } => "\n`sandbox ls` lists the sandboxes that this key may use, `sandbox snapshot ls` its snapshots, `sandbox template list` its templates; `sandbox info ID` a sandbox's processes.",
        UnavailableException { RetryAfter: { } after } => $"\nTry again in {after.TotalSeconds:0.#} s.",
        _ => "",
    };
}

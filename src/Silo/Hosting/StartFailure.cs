using Microsoft.Extensions.Options;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Hosting;

/// <summary>What keeps a server from starting, in one sentence with its remedy.</summary>
internal static class StartFailure
{
    /// <summary>The sentence, or null for an error that is not the operator's to mend.</summary>
    public static string? Explain(Exception error) => error switch
    {
        OptionsValidationException invalid => $"a setting is out of its range: {string.Join(" ", invalid.Failures)}",
        RunscUnavailableException missing => missing.Message,
        FileNotFoundException missing => missing.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => $"{error.Message} Choose another --port.",
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        _ => null,
    };
}

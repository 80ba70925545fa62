using Microsoft.Extensions.Options;
using Sandbox.Silo.Cluster;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;
using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Hosting;

/// <summary>What keeps a server from starting, in a sentence with its remedy.</summary>
internal static class StartFailure
{
    /// <summary>The sentence, or one a line for several; null for an error that is not the operator's to mend.</summary>
    public static string? Explain(Exception error) => error switch
    {
        OptionsValidationException invalid => $"a setting is not valid: {string.Join(" ", invalid.Failures)}",
        InvalidOperationException { InnerException: not null } unreadable when unreadable.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) =>
            $"a setting cannot be read, and docs/configuration.md says what it takes: {unreadable.Message}",
        UnknownSettingException or ListenException or ClusterException or RunscUnavailableException or DataDirectoryException or DataDirectoryInUseException or GcsException or TemplateException or FileNotFoundException => error.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => $"{error.Message} Choose another --port.",
#if ORLEANS
        Orleans.Runtime.MembershipService.OrleansClusterConnectivityCheckFailedException =>
            $"this silo does not reach the others that its cluster lists: check its certificates, and that their ports are open ({error.Message})",
#endif
        // Several settings may be wrong at once, and one may be asked for in several places.
        AggregateException several when several.InnerExceptions.Select(Explain).Distinct().ToArray() is var told && !told.Contains(null) => string.Join("\nsandbox: ", told),
        _ => null,
    };
}

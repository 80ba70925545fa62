using System.CommandLine;

namespace Sandboxes.Cli.Commands;

/// <summary>The option that most commands share.</summary>
internal static class JsonOption
{
    public static Option<bool> New() => new("--json") { Description = "Print JSON with the members of docs/hub.md; failures too, on standard error." };
}

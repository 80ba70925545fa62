using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute;

/// <summary>The languages by the names that callers use.</summary>
internal static class LanguageNames
{
    public const string Python = "python";
    public const string Bash = "bash";

    public const string JavaScript = "javascript";

    /// <summary>All that one-offs run, for messages.</summary>
    public const string All = $"{Python}, {Bash}";

    /// <summary>A language that only sandboxes of a template that has it run, among the others.</summary>
    public static Language? InSandboxes(string? name) => name == JavaScript ? Language.JavaScript : TryParse(name, out var language) ? language : null;

    public static bool TryParse(string? name, out Language language)
    {
        language = name == Bash ? Language.Bash : Language.Python;
        return name is Python or Bash;
    }
}

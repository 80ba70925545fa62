using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute;

/// <summary>The languages by the names that callers use.</summary>
internal static class LanguageNames
{
    public const string Python = "python";
    public const string Bash = "bash";

    /// <summary>All of them, for messages.</summary>
    public const string All = $"{Python}, {Bash}";

    public static bool TryParse(string? name, out Language language)
    {
        language = name == Bash ? Language.Bash : Language.Python;
        return name is Python or Bash;
    }
}

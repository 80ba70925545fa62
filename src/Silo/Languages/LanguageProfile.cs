using Sandbox.Grains.Execution;

namespace Sandbox.Silo.Languages;

/// <summary>How code of one language becomes a program in a sandbox.</summary>
/// <param name="Interpreter">What runs it, looked up in the sandbox's PATH.</param>
/// <param name="FileName">The name that its file gets in <see cref="Guest.Home"/>.</param>
internal sealed record LanguageProfile(string Interpreter, string FileName)
{
    private static readonly LanguageProfile Python = new("python3", "main.py");
    private static readonly LanguageProfile JavaScript = new("node", "main.js");
    private static readonly LanguageProfile Bash = new("bash", "main.sh");

    /// <summary>Where the file is in the sandbox.</summary>
    public string FilePath => $"{Guest.Home}/{FileName}";

    /// <summary>The profile of a language.</summary>
    public static LanguageProfile For(Language language) => language switch
    {
        Language.Python => Python,
        Language.Bash => Bash,
        Language.JavaScript => JavaScript,
        _ => throw new ArgumentOutOfRangeException(nameof(language), language, "No such language."),
    };

    /// <summary>The command line: as a person in that directory would type it.</summary>
    public string[] CommandLine(IEnumerable<string> arguments) => [Interpreter, FileName, .. arguments];
}

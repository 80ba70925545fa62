using System.Text.Json;
using Sandbox.Grains.Processes;
using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Starts;

/// <summary>
/// What has been started in a sandbox when its start state is taken: either a program, which goes on in every sandbox from the state, or a Python that has
/// imported modules and waits for code.
/// </summary>
internal sealed record StartCommand
{
    /// <summary>The id of the program in every sandbox from the state.</summary>
    public const string ProcessId = "start";

    /// <summary>argv of the program; empty where <see cref="Modules"/> are imported.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The program's environment variables, beside and over those that every program has.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The modules, in the order in which they are imported.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Tells it from all others.</summary>
    public string Key => JsonSerializer.Serialize(new { Arguments, Modules, Environment = Environment.OrderBy(one => one.Key, StringComparer.Ordinal).ToArray() });

    /// <summary>The program as a process.</summary>
    public ProcessSpec ToProcess() => new()
    {
        Id = ProcessId,
        Arguments = [.. Arguments],
        Environment = new Dictionary<string, string>(Environment),
        Stdin = true,
    };

    /// <summary>The names of the start states that a template ships with.</summary>
    public static IReadOnlyList<string> NamesOf(string template) => template is TemplateRecipe.Base ? ["pandas"] : [];

    /// <summary>The start state of a name that a template ships with, or null.</summary>
    public static StartCommand? Find(string template, string name) => (template, name) switch
    {
        (TemplateRecipe.Base, "pandas") => new StartCommand { Modules = ["numpy", "pandas"] },
        _ => null,
    };
}

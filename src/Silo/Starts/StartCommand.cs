using System.Text.Json;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Templates;
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

    /// <summary>Whether it runs as root; null for as the sandbox says.</summary>
    public bool? Root { get; init; }

    /// <summary>Where it starts; null for the sandbox's directory.</summary>
    public string? Directory { get; init; }

    /// <summary>The modules, in the order in which they are imported.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Tells it from all others.</summary>
    public string Key => JsonSerializer.Serialize(new { Arguments, Modules, Root, Directory, Environment = Environment.OrderBy(one => one.Key, StringComparer.Ordinal).ToArray() });

    /// <summary>The program as a process.</summary>
    public ProcessSpec ToProcess() => new()
    {
        Id = ProcessId,
        Arguments = [.. Arguments],
        Environment = new Dictionary<string, string>(Environment),
        Root = Root,
        Directory = Directory,
        Stdin = true,
    };

    /// <summary>That of an owner's template, which has one.</summary>
    public static StartCommand Of(TemplateConfiguration template) => new()
    {
        Arguments = template.Start,
        Environment = template.Environment,
        Root = template.Root,
        Directory = template.Directory,
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

namespace Sandbox.Grains.Templates;

/// <summary>What a template is made of. The gateway has validated it.</summary>
[GenerateSerializer, Immutable, Alias("recipe")]
public sealed record Recipe
{
    /// <summary>What it stands on: a template of the product, or a template or snapshot of the same owner.</summary>
    [Id(0)] public required string Base { get; init; }

    /// <summary>Whether its commands reach the network, which the operator must allow.</summary>
    [Id(1)] public bool Network { get; init; }

    /// <summary>Debian packages: names, or absolute paths of what <see cref="Files"/> has put there.</summary>
    [Id(2)] public string[] Apt { get; init; } = [];

    /// <summary>Python packages, likewise.</summary>
    [Id(3)] public string[] Pip { get; init; } = [];

    /// <summary>npm packages, likewise; installed for all users.</summary>
    [Id(4)] public string[] Npm { get; init; } = [];

    /// <summary>Files that are copied in before anything is installed.</summary>
    [Id(5)] public RecipeFile[] Files { get; init; } = [];

    /// <summary>Commands that are run at the end, one after another.</summary>
    [Id(6)] public RecipeCommand[] Run { get; init; } = [];

    /// <summary>Environment variables of its commands and of every program of its sandboxes.</summary>
    [Id(7)] public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Whether programs of its sandboxes run as root; null for as in its base.</summary>
    [Id(8)] public bool? Root { get; init; }

    /// <summary>Where programs of its sandboxes start, absolute; null for as in its base.</summary>
    [Id(9)] public string? Directory { get; init; }

    /// <summary>The program that its start state is taken after, argv without a shell; empty for none.</summary>
    [Id(10)] public string[] Start { get; init; } = [];
}

/// <summary>A file or directory that is copied into a template.</summary>
/// <param name="From">Its path below the recipe's folder, relative and without <c>..</c>.</param>
/// <param name="To">Where it goes, absolute.</param>
[GenerateSerializer, Immutable, Alias("recipe-file")]
public sealed record RecipeFile([property: Id(0)] string From, [property: Id(1)] string To);

/// <summary>A command of a recipe.</summary>
/// <param name="Command">What <c>sh -ec</c> gets.</param>
/// <param name="Root">Whether root runs it.</param>
[GenerateSerializer, Immutable, Alias("recipe-command")]
public sealed record RecipeCommand([property: Id(0)] string Command, [property: Id(1)] bool Root);

using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Templates;

/// <summary>What happens in a build: steps with their output, and at the end one <see cref="TemplateBuilt"/> or <see cref="TemplateFailed"/>.</summary>
[GenerateSerializer, Immutable, Alias("template-progress")]
public abstract record TemplateProgress;

/// <summary>A step begins.</summary>
[GenerateSerializer, Immutable, Alias("template-step")]
public sealed record TemplateStep : TemplateProgress
{
    /// <summary>Which one, from 1.</summary>
    [Id(0)] public required int Number { get; init; }

    /// <summary>How many there are.</summary>
    [Id(1)] public required int Count { get; init; }

    /// <summary>What it does: the command, or words.</summary>
    [Id(2)] public required string Command { get; init; }
}

/// <summary>A step's command wrote something.</summary>
[GenerateSerializer, Immutable, Alias("template-output")]
public sealed record TemplateOutput : TemplateProgress
{
    /// <summary>Whether it came on standard error.</summary>
    [Id(0)] public required bool Error { get; init; }

    /// <summary>The bytes, at most 65,536.</summary>
    [Id(1)] public required byte[] Data { get; init; }
}

/// <summary>The template is there.</summary>
[GenerateSerializer, Immutable, Alias("template-built")]
public sealed record TemplateBuilt : TemplateProgress
{
    /// <summary>The template.</summary>
    [Id(0)] public required TemplateDescription Template { get; init; }

    /// <summary>Whether nothing was built, because there was one of the same recipe, base and files.</summary>
    [Id(1)] public bool Cached { get; init; }

    /// <summary>What a layer cannot hold and is missing: at most 1,000 paths.</summary>
    [Id(2)] public string[] LeftOut { get; init; } = [];
}

/// <summary>There is no template, and nothing is left of its build.</summary>
[GenerateSerializer, Immutable, Alias("template-failed")]
public sealed record TemplateFailed : TemplateProgress
{
    /// <summary>Why: of a command that failed, the command with the end of its output.</summary>
    [Id(0)] public required SandboxError Error { get; init; }
}

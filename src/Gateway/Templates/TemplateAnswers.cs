using Sandbox.Gateway.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Templates;

/// <summary>A template as clients see it; a list leaves out what it says of its sandboxes.</summary>
internal sealed record TemplateView(
    string Name, DateTimeOffset Created, long Bytes, int LayerCount, bool Shipped, string? Base = null, string? RecipeHash = null,
    Dictionary<string, string>? Env = null, string? User = null, string? Cwd = null, IReadOnlyList<string>? Start = null)
{
    public static TemplateView Of(TemplateDescription template)
    {
        var view = new TemplateView(template.Name, template.Created, template.Bytes, template.LayerCount, template.Shipped);
        return template.Configuration is not { } says ? view : view with
        {
            Base = says.Base,
            RecipeHash = says.RecipeHash,
            Env = says.Environment,
            User = says.Root is { } root ? CreateRequest.UserName(root) : null,
            Cwd = says.Directory,
            Start = says.Start.Length > 0 ? says.Start : null,
        };
    }
}

/// <summary>The answer that describes a template.</summary>
internal sealed record TemplateAnswer(TemplateView Template);

/// <summary>A page of a list; without a next one it is the last.</summary>
internal sealed record TemplateListAnswer(IReadOnlyList<TemplateView> Templates, string? Next = null);

/// <summary>What of a recipe's files is there.</summary>
internal sealed record TemplateUploadAnswer(string Upload, long Bytes);

/// <summary>What happens in a build: <c>step</c>, <c>output</c>, and at the end <c>built</c>.</summary>
internal sealed record TemplateProgressView(string Type)
{
    /// <summary>Of a step: which one, from 1.</summary>
    public int? Step { get; init; }

    /// <summary>Of a step: how many there are.</summary>
    public int? Steps { get; init; }

    /// <summary>Of a step: what it does.</summary>
    public string? Command { get; init; }

    /// <summary>Of output: <c>stdout</c> or <c>stderr</c>.</summary>
    public string? Channel { get; init; }

    /// <summary>Of output: the bytes.</summary>
    public byte[]? Data { get; init; }

    /// <summary>At the end: the template.</summary>
    public TemplateView? Template { get; init; }

    /// <summary>At the end: whether nothing was built, because there was one of the same recipe, base and files.</summary>
    public bool? Cached { get; init; }

    /// <summary>At the end: what a layer cannot hold and is missing.</summary>
    public IReadOnlyList<string>? LeftOut { get; init; }

    public static TemplateProgressView Of(TemplateProgress happened) => happened switch
    {
        TemplateStep step => new TemplateProgressView("step") { Step = step.Number, Steps = step.Count, Command = step.Command },
        TemplateOutput output => new TemplateProgressView("output") { Channel = output.Error ? "stderr" : "stdout", Data = output.Data },
        TemplateBuilt built => new TemplateProgressView("built") { Template = TemplateView.Of(built.Template), Cached = built.Cached, LeftOut = built.LeftOut },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no item."),
    };
}

using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Templates;

/// <summary>What a creation leaves out, as its template says it.</summary>
internal static class TemplateDefaults
{
    /// <summary>Fills it in: the request goes before the template.</summary>
    /// <exception cref="CallException">Together they are too much.</exception>
    public static SandboxSpec Apply(SandboxSpec spec, Arguments request, TemplateConfiguration? template, SandboxLimitsOptions limits)
    {
        if (template is null) return spec;
        var environment = new Dictionary<string, string>(template.Environment, StringComparer.Ordinal);
        foreach (var (name, value) in spec.Environment) environment[name] = value;
        if (CreateRequest.SizeOf(environment) > limits.MaxEnvironmentBytes)
            throw CallException.Invalid($"env: with the template's all of it together may have {limits.MaxEnvironmentBytes} bytes.");
        return spec with
        {
            Environment = environment,
            Directory = request.Has("cwd") ? spec.Directory : template.Directory ?? spec.Directory,
            Root = request.Has("user") ? spec.Root : template.Root ?? spec.Root,
        };
    }
}

using Sandbox.Grains.Sandboxes.Lists;

namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>What holds for specs beside what the gateway has checked.</summary>
internal static class SandboxSpecRules
{
    /// <summary>Whether two requests mean the same sandbox.</summary>
    public static bool AreEqual(SandboxSpec one, SandboxSpec other) =>
        Same(one.Environment, other.Environment) && Same(one.Labels, other.Labels)
        && one with { Environment = other.Environment, Labels = other.Labels } == other;

    /// <summary>Why a sandbox cannot be listed with this spec, or null when it can.</summary>
    public static SandboxError? Check(SandboxSpec spec)
    {
        if (SandboxMetadata.SizeOf(spec.Labels) > SandboxMetadata.MostLabels)
        {
            return Invalid($"labels: all of them together may take {SandboxMetadata.MostLabels:N0} bytes as ASCII JSON, so that lists can show them.");
        }

        if (!WorkingDirectory.Fits(spec.Directory))
        {
            return Invalid($"cwd: at most {WorkingDirectory.MostBytes} bytes as ASCII JSON.");
        }

        return SandboxMetadata.SizeOf(spec.Template) > SandboxMetadata.MostTemplate
            ? Invalid($"template: at most {SandboxMetadata.MostTemplate} bytes as ASCII JSON.")
            : null;
    }

    private static bool Same(Dictionary<string, string> one, Dictionary<string, string> other) =>
        one.Count == other.Count
        && one.All(pair => other.TryGetValue(pair.Key, out var value) && string.Equals(value, pair.Value, StringComparison.Ordinal));

    private static SandboxError Invalid(string message) => new() { Code = SandboxErrorCode.Invalid, Message = message };
}

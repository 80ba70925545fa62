using System.Text;
using System.Text.Json.Serialization;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>What an image's configuration says of its programs, as far as templates say it too.</summary>
internal sealed record OciProgramConfig
{
    private const int MostEnvironmentBytes = 128 << 10;
    private const string RootName = "root";

    /// <summary>Variables, each <c>NAME=VALUE</c>.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>A user's name or number, perhaps with a group's behind a colon.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Where programs start.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? Directory { get; init; }

    /// <summary>What a template says, as an image says it; null where it says nothing.</summary>
    public static OciProgramConfig? Of(TemplateConfiguration? template) => template is null ? null : new OciProgramConfig
    {
        Environment = [.. template.Environment.Select(pair => $"{pair.Key}={pair.Value}")],
        User = template.Root is true ? RootName : null,
        Directory = template.Directory,
    };

    /// <summary>What it says, as a template says it. Any user but root is the programs' usual one.</summary>
    /// <param name="image">The image's id.</param>
    /// <exception cref="OciImportException">It says what cannot be.</exception>
    public TemplateConfiguration ToTemplate(string image)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in Environment ?? [])
        {
            var equals = variable?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (equals < 1 || variable!.Contains('\0', StringComparison.Ordinal)) throw new OciImportException("The image's configuration has a variable that is not NAME=VALUE.");
            environment[variable[..equals]] = variable[(equals + 1)..];
        }

        if (environment.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value) + 2) > MostEnvironmentBytes)
            throw new OciImportException($"The image's variables have more than {MostEnvironmentBytes} bytes together.");
        var directory = string.IsNullOrEmpty(Directory) ? null : Directory;
        if (directory is not null && (directory[0] != '/' || directory.Contains('\0', StringComparison.Ordinal) || !WorkingDirectory.Fits(directory)))
            throw new OciImportException($"The image's working directory is no absolute path of {WorkingDirectory.MostBytes} bytes as ASCII JSON at most.");
        return new TemplateConfiguration
        {
            RecipeHash = image,
            Base = image,
            Environment = environment,
            Root = User?.Split(':')[0] is RootName or "0" ? true : null,
            Directory = directory,
        };
    }
}

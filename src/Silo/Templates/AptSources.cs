using System.Globalization;

namespace Sandbox.Silo.Templates;

/// <summary>
/// The package sources of this machine, which templates are built from: the product names no mirror of its own. Reads both of apt's formats
/// and keeps, of binary packages' main component, one suite with its updates and security updates.
/// </summary>
internal static class AptSources
{
    /// <summary>One-line sources for a suite, in the order found.</summary>
    /// <param name="directory">Usually <c>/etc/apt</c>.</param>
    /// <param name="suite">The suite's code name.</param>
    /// <exception cref="TemplateException">The machine has none for it.</exception>
    public static IReadOnlyList<string> Read(string directory, string suite)
    {
        var parts = Path.Combine(directory, "sources.list.d");
        var more = Directory.Exists(parts) ? Directory.GetFiles(parts).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        var lines = new List<string>();
        foreach (var file in more.Prepend(Path.Combine(directory, "sources.list")).Where(File.Exists))
        {
            var text = File.ReadAllText(file);
            lines.AddRange(Path.GetExtension(file) switch
            {
                ".list" => OneLine(text, suite),
                ".sources" => Deb822(text, suite),
                _ => [],
            });
        }

        return lines.Count > 0
            ? [.. lines.Distinct(StringComparer.Ordinal)]
            : throw new TemplateException($"This machine has no package source for Debian '{suite}' in {directory}: add one to build templates from.");
    }

    /// <summary>Sources in the one-line format.</summary>
    public static IEnumerable<string> OneLine(string text, string suite)
    {
        foreach (var line in text.Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.StartsWith("deb ", StringComparison.Ordinal)))
        {
            var rest = line[4..].Trim();
            var options = "";
            if (rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
            {
                options = rest[..(end + 1)] + " ";
                rest = rest[(end + 1)..].Trim();
            }

            if (Words(rest) is [var uri, var name, .. var components] && IsOf(name, suite) && components.Contains("main"))
            {
                yield return $"deb {options}{uri} {name} main";
            }
        }
    }

    /// <summary>Sources in the deb822 format.</summary>
    public static IEnumerable<string> Deb822(string text, string suite)
    {
        foreach (var stanza in Stanzas(text))
        {
            string[] Field(string name) => stanza.TryGetValue(name, out var value) ? Words(value) : [];
            if (!Field("types").Contains("deb") || !Field("components").Contains("main") || Field("enabled") is [var enabled] && IsNo(enabled))
            {
                continue;
            }

            // A key that stands in the file itself has no one-line form; apt then knows the archive's key by itself or says so.
            var options = Field("signed-by") is [['/', ..] key] ? $"[signed-by={key}] " : "";
            foreach (var uri in Field("uris"))
            {
                foreach (var name in Field("suites").Where(name => IsOf(name, suite)))
                {
                    yield return $"deb {options}{uri} {name} main";
                }
            }
        }
    }

    private static IEnumerable<Dictionary<string, string>> Stanzas(string text)
    {
        var stanza = new Dictionary<string, string>(StringComparer.Ordinal);
        var field = "";
        foreach (var line in text.Split('\n').Append("").Where(line => !line.StartsWith('#')))
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                if (stanza.Count > 0)
                {
                    yield return stanza;
                }

                stanza = new Dictionary<string, string>(StringComparer.Ordinal);
            }
            else if (char.IsWhiteSpace(line[0]))
            {
                stanza[field] = stanza.GetValueOrDefault(field) + " " + line.Trim();
            }
            else if (line.Split(':', 2) is [var name, var value])
            {
                field = name.Trim().ToLower(CultureInfo.InvariantCulture);
                stanza[field] = value.Trim();
            }
        }
    }

    private static bool IsOf(string name, string suite) => name == suite || name == $"{suite}-updates" || name == $"{suite}-security";

    private static bool IsNo(string value) => value.ToLowerInvariant() is "no" or "false" or "0" or "off" or "disable" or "without";

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}

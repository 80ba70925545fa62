using System.Text;

namespace Sandboxes.Cli.Printing;

/// <summary>Text from a server or a sandbox, made harmless for the terminal that shows it: control characters could do anything to it.</summary>
internal static class Printable
{
    public static string Text(string text) => text.Any(char.IsControl)
        ? text.Aggregate(new StringBuilder(), (shown, c) => shown.Append(char.IsControl(c) ? '?' : c)).ToString()
        : text;

    /// <summary>An argument list, so that it can be read.</summary>
    public static string Arguments(IEnumerable<string> argv, int most = 60)
    {
        var text = Text(string.Join(' ', argv.Select(word => word.Length == 0 || word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word)));
        return text.Length > most ? text[..(most - 3)] + "..." : text;
    }
}

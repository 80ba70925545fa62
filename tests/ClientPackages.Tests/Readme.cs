using System.Text.RegularExpressions;

namespace Sandbox.ClientPackages.Tests;

/// <summary>The examples in a client's README, so that each can be run as it stands there.</summary>
internal static partial class Readme
{
    private const string Server = "http://127.0.0.1:8080";

    /// <summary>One example: a whole program, or a piece of one that has a <c>sandbox</c>.</summary>
    /// <param name="Code">As in the README, but for the server's address.</param>
    /// <param name="Whole">Whether it opens a sandbox itself.</param>
    /// <param name="Keyed">Whether it needs a server that wants a key.</param>
    /// <param name="Prints">What the comments behind its prints say that they print.</param>
    public sealed record Example(string Code, bool Whole, bool Keyed, IReadOnlyList<string> Prints)
    {
        public IEnumerable<string> Lines => Code.TrimEnd('\n').Split('\n');

        /// <summary>Its code behind an indentation.</summary>
        public string Indented(int spaces) =>
            string.Join('\n', Lines.Select(line => line.Length == 0 ? line : new string(' ', spaces) + line));

        /// <summary>Checks what it printed; empty lines do not count.</summary>
        public void AssertPrinted(string printed) => Assert.True(
            Prints.Count > 0 && Prints.SequenceEqual(printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()), StringComparer.Ordinal),
            $"The example\n{Code}\nprinted\n{printed}");
    }

    /// <summary>Reads the examples of one language.</summary>
    public static IReadOnlyList<Example> Examples(string file, string language, LiveServers servers) =>
        [.. Fence().Matches(File.ReadAllText(file))
            .Where(fence => fence.Groups["language"].Value == language)
            .Select(fence => Read(fence.Groups["code"].Value, servers))];

    private static Example Read(string code, LiveServers servers)
    {
        var keyed = code.Contains("SANDBOX_KEY", StringComparison.Ordinal);
        return new Example(
            code.Replace(Server, keyed ? servers.Keyed : servers.Open, StringComparison.Ordinal),
            code.Contains(Server, StringComparison.Ordinal),
            keyed,
            [.. Printed().Matches(code).Select(match => match.Groups["text"].Value)]);
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^.*\b(console\.log|print|Console\.Write(Line)?)\(.*\) *;? +(//|#) (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Printed();
}

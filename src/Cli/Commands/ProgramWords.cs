using System.CommandLine;
using System.CommandLine.Parsing;

namespace Sandboxes.Cli.Commands;

/// <summary>The command line of a program, which goes behind --.</summary>
internal static class ProgramWords
{
    /// <summary>Reads it. An option without -- in front of the program is refused where it could be meant for the program, and would be taken from it.</summary>
    /// <exception cref="UsageException">There is such a one.</exception>
    public static string[] Read(ParseResult parsed, Argument<string> id, Argument<string[]> argv)
    {
        if (parsed.GetValue(argv) is not { Length: > 0 } words) return [];
        var tokens = parsed.Tokens.ToList();
        if (tokens.Exists(token => token.Type == TokenType.DoubleDash)) return words;
        if (words[0].StartsWith('-')) throw new UsageException($"There is no option '{words[0]}'. What the program is to have goes behind --: ID -- PROGRAM ARGUMENT...");
        var program = tokens.FindIndex(tokens.FindIndex(token => token.Value == parsed.GetRequiredValue(id)) + 1, token => token.Value == words[0]);
        return tokens.Skip(program).Any(token => token.Value.StartsWith('-'))
            ? throw new UsageException($"Put -- in front of '{words[0]}', so that its options are its own: ID -- {words[0]} ...")
            : words;
    }
}

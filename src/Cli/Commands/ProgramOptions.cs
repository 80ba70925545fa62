using System.CommandLine;
using Sandboxes.Cli.Connection;

namespace Sandboxes.Cli.Commands;

/// <summary>How a program is started: the options that exec and shell share.</summary>
internal sealed class ProgramOptions
{
    private readonly Option<string[]> _env = new("--env", "-e") { Description = "NAME=VALUE for the program; may be repeated." };
    private readonly Option<string?> _cwd = new("--cwd") { Description = "Its working directory." };
    private readonly Option<bool> _root = new("--root") { Description = "It runs as root (of the sandbox)." };
    private readonly Option<double?> _timeout = new("--timeout") { Description = "Seconds after which it is ended." };

    public static ProgramOptions AddTo(Command command)
    {
        var options = new ProgramOptions();
        command.Add(options._env);
        command.Add(options._cwd);
        command.Add(options._root);
        command.Add(options._timeout);
        return options;
    }

    public StartOptions Read(ParseResult parsed) => new()
    {
        Environment = Pairs.Of(parsed.GetValue(_env), "--env"),
        Cwd = parsed.GetValue(_cwd),
        User = parsed.GetValue(_root) ? SandboxUser.Root : null,
        Timeout = parsed.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        OnDiscontinuity = gap => Console.Error.WriteLine($"sandbox: {gap}"),
    };
}

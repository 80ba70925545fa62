using System.Text;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Processes;

namespace Sandbox.Gateway.Processes;

/// <summary>Reads what to start.</summary>
internal static class StartRequest
{
    /// <summary>The longest code in UTF-8 bytes: one frame of the link must hold it.</summary>
    public const int MostCode = 1 << 20;

    /// <summary>The longest time limit of a program, in seconds.</summary>
    public const double MostTimeout = 31_536_000;

    private const int MostArguments = 4096;

    /// <exception cref="CallException">The request cannot be; the message names the member.</exception>
    public static ProcessSpec Read(Arguments request, SandboxLimitsOptions limits)
    {
        var (arguments, language, code) = Program(request);
        var variables = CreateRequest.Environment(request, limits.MaxEnvironmentBytes);
        var size = arguments.Sum(argument => Encoding.UTF8.GetByteCount(argument) + 1) + CreateRequest.SizeOf(variables);
        if (size > limits.MaxEnvironmentBytes)
        {
            throw CallException.Invalid($"argv and env together may have {limits.MaxEnvironmentBytes} bytes.");
        }

        var terminal = request.Object("terminal") is { } asked ? Terminal(asked) : null;
        return new ProcessSpec
        {
            Id = request.Text("processId", 256) is { } id ? Ids.CheckProcess(id) : Ids.NewProcess(),
            Arguments = arguments,
            Language = language,
            Code = code,
            Environment = variables,
            Directory = CreateRequest.Directory(request, "cwd"),
            Root = CreateRequest.IsRoot(request),
            Stdin = request.Flag("stdin", otherwise: false) || terminal is not null,
            Timeout = request.Seconds("timeout", 0.001, MostTimeout),
            Terminal = terminal,
            OnFull = request.Word("onFull", "drop_oldest", "block") == "block" ? FullLogPolicy.Block : FullLogPolicy.DropOldest,
        };
    }

    private static (string[] Arguments, Language? Language, byte[]? Code) Program(Arguments request)
    {
        var code = request.Text("code", MostCode);
        var name = request.Word("language", LanguageNames.Python, LanguageNames.Bash, LanguageNames.JavaScript);
        if (request.Texts("argv", MostArguments, MostCode) is { } argv)
        {
            if (code is not null || name is not null) throw CallException.Invalid("Give either argv, or language and code, not both.");
            return argv is ["", ..] or [] ? throw CallException.Invalid("argv must begin with the program's name or path.") : (argv, null, null);
        }

        if (code is null || LanguageNames.InSandboxes(name) is not { } language)
        {
            throw CallException.Invalid("Give argv, or language and code: what is to be run is missing.");
        }

        var bytes = Encoding.UTF8.GetBytes(code);
        return bytes.Length is > 0 and <= MostCode
            ? ([], language, bytes)
            : throw CallException.Invalid($"code must have 1 to {MostCode} bytes of UTF-8.");
    }

    private static TerminalSpec Terminal(Arguments asked)
    {
        var name = asked.Text("term", 64) ?? "xterm-256color";
        return new TerminalSpec
        {
            Rows = (int)(asked.Whole("rows", 1, 1000) ?? 24),
            Columns = (int)(asked.Whole("cols", 1, 1000) ?? 80),
            Name = name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+')
                ? name
                : throw CallException.Invalid("terminal.term must be the name of a terminal, such as xterm-256color."),
        };
    }
}

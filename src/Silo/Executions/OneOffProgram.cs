using System.Reflection;
using System.Text;
using System.Text.Json;
using Sandbox.Grains.Execution;
using Sandbox.Silo.Languages;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Executions;

/// <summary>
/// What a one-off runs: poured into the interpreter that waits where that cannot be told from a cold start, else started cold. A script is
/// <c>python3 main.py ARGUMENT...</c> or <c>bash main.sh ARGUMENT...</c>; of <see cref="ExecutionKind.Main"/> the runner is <c>main.py</c> and the
/// caller's code <c>script.py</c> beside it.
/// </summary>
internal static class OneOffProgram
{
    private const string Id = "main";
    private const string ScriptPath = $"{Guest.Home}/script.py";
    private const int FileSizeLimit = 1; // RLIMIT_FSIZE
    private const int ResultDescriptor = 3;

    // No process of a sandbox that stays can be given this id by chance.
    private static readonly string _mouldId = $"mould-{Guid.NewGuid():N}";
    private static readonly LanguageProfile _python = LanguageProfile.For(Language.Python);
    private static readonly string _runner = ReadRunner();

    /// <summary>The interpreter that is started ahead: <c>python3 main.py</c>, whose file is still to come.</summary>
    public static ProcessStart Mould { get; } = new()
    {
        Id = _mouldId,
        Arguments = _python.CommandLine([]),
        Environment = Guest.EnvironmentWith(new Dictionary<string, string>()),
        Directory = Guest.Home,
        Uid = Guest.UserId,
        Gid = Guest.UserId,
        Mould = new Mould(_python.FilePath, Guest.ResultPath),
    };

    /// <summary>
    /// Whether the waiting interpreter can become this program. Its command line and environment are given already, so they must be the
    /// usual ones; the runner passes arguments to <c>main()</c> scripts itself.
    /// </summary>
    public static bool CanPour(ExecutionRequest request) =>
        request.Language == Language.Python
        && request.Environment.Count == 0
        && (request.Kind == ExecutionKind.Main
            || (request.Arguments.Length == 0 && !SourceEncoding.IsDeclaredOtherThanUtf8(request.Code)));

    /// <summary>The request for the waiting interpreter.</summary>
    public static ProcessPour Pour(ExecutionRequest request) => request.Kind == ExecutionKind.Main
        ? new ProcessPour { Content = Runner(request, Guest.ResultPath), Files = [new FileToMake(ScriptPath, request.Code)], ResultChannel = true }
        : new ProcessPour { Content = request.Code, Limits = Limits(request) };

    /// <summary>The request as a program of its own.</summary>
    public static ProcessStart Start(ExecutionRequest request)
    {
        var profile = LanguageProfile.For(request.Language);
        var main = request.Kind == ExecutionKind.Main;
        return new ProcessStart
        {
            Id = Id,
            Arguments = main ? [profile.Interpreter, "-c", RunnerFor(request)] : profile.CommandLine(request.Arguments),
            Environment = Guest.EnvironmentWith(request.Environment),
            Directory = Guest.Home,
            Uid = Guest.UserId,
            Gid = Guest.UserId,
            File = new FileToMake(main ? ScriptPath : profile.FilePath, request.Code),
            ResultChannel = main,
            Limits = main ? [] : Limits(request),
        };
    }

    private static string RunnerFor(ExecutionRequest request) => Encoding.UTF8.GetString(Runner(request, $"{ResultDescriptor}"));

    private static IReadOnlyList<ResourceLimit> Limits(ExecutionRequest request) =>
        request.Limits.FileBytes is { } bytes ? [new ResourceLimit(FileSizeLimit, (ulong)bytes)] : [];

    /// <summary>The runner with its command line written into it: a JSON list of strings is one of Python's too.</summary>
    private static byte[] Runner(ExecutionRequest request, string channel)
    {
        List<string> arguments = [channel, "--script", ScriptPath, "--result-bytes", $"{request.Limits.ResultBytes}"];
        if (request.Limits.FileBytes is { } bytes) arguments.AddRange(["--file-bytes", $"{bytes}"]);
        arguments.AddRange(["--", .. request.Arguments]);
        return Encoding.UTF8.GetBytes($"import sys\nsys.argv[1:] = {JsonSerializer.Serialize(arguments)}\n{_runner}");
    }

    private static string ReadRunner()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("main_runner.py")
            ?? throw new InvalidOperationException("The build lacks its resource main_runner.py.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

using Sandbox.Grains.Execution;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Languages;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

/// <summary>What the agent is told to start for a process of a sandbox that stays.</summary>
internal static class ProgramStart
{
    private const string PythonPath = "PYTHONPATH";

    private static readonly Dictionary<string, string> _root = new() { ["HOME"] = "/root", ["USER"] = "root", ["LOGNAME"] = "root" };

    /// <summary>The start.</summary>
    /// <param name="sandbox">Where.</param>
    /// <param name="process">What.</param>
    /// <param name="attempt">A number that no start in this sandbox had: an attempt that failed may have left its file behind.</param>
    public static ProcessStart For(SandboxSpec sandbox, ProcessSpec process, int attempt)
    {
        var uid = process.Root ?? sandbox.Root ? 0u : Guest.UserId;
        var code = process.Language is { } language ? FileFor(language, process, attempt) : null;
        return new ProcessStart
        {
            Id = process.Id,
            Arguments = code is null ? process.Arguments : [LanguageProfile.For(process.Language!.Value).Interpreter, code.Path],
            Environment = EnvironmentOf(sandbox, process, uid == 0),
            Directory = process.Directory ?? sandbox.Directory,
            Uid = uid,
            Gid = uid,
            File = code,
            StdinClosed = !process.Stdin && process.Terminal is null,
            Terminal = process.Terminal is { } terminal ? new TerminalSize((ushort)terminal.Rows, (ushort)terminal.Columns) : null,
            ChannelsApart = true,
        };
    }

    /// <summary>
    /// Not in the working directory, which a process need not be able to write, and whose listing and snapshots are the user's. The id can be part
    /// of a file's name: it is checked before anything is sent.
    /// </summary>
    private static FileToMake FileFor(Language language, ProcessSpec process, int attempt) =>
        new($"/tmp/.sandbox-{process.Id}-{attempt}{Path.GetExtension(LanguageProfile.For(language).FileName)}", process.Code);

    private static string[] EnvironmentOf(SandboxSpec sandbox, ProcessSpec process, bool root)
    {
        var own = root ? new Dictionary<string, string>(_root) : [];
        foreach (var (name, value) in sandbox.Environment) own[name] = value;
        if (process.Terminal is { } terminal) own["TERM"] = terminal.Name;
        foreach (var (name, value) in process.Environment) own[name] = value;
        // Code finds the modules beside it, as if its file lay in the working directory.
        if (process.Language == Language.Python)
        {
            var directory = process.Directory ?? sandbox.Directory;
            own[PythonPath] = own.TryGetValue(PythonPath, out var path) && path.Length > 0 ? $"{directory}:{path}" : directory;
        }

        return Guest.EnvironmentWith(own);
    }
}

using System.Reflection;
using System.Text;
using System.Text.Json;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Files;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Files;
using Sandbox.Silo.Languages;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Starts;

/// <summary>
/// A Python that has imported modules and waits, before it has looked at its script: it becomes the first program of a sandbox that is code of this language. Nothing but the
/// time tells that from a cold start, and that the modules are there.
/// </summary>
internal static class PreloadedPython
{
    /// <summary>What it says when it waits.</summary>
    public const string Ready = "ready\n";

    private const string Directory = "/tmp/.sandbox-start-hook";
    private const string WaitsAt = "/tmp/.sandbox-start";
    private const string Script = "/tmp/.sandbox-start.py";

    // Read by the interpreter or by libraries before there is code: what is there then cannot be changed.
    private static readonly string[] _early = ["PYTHON", "LD_", "LC_", "LANG", "TZ", "GLIBC_", "MALLOC_"];

    /// <summary>The number of its START on the link: nothing was started before.</summary>
    public const uint Number = 1;

    /// <summary>Its command line, as programs see it.</summary>
    public static IReadOnlyList<string> Arguments { get; } = [LanguageProfile.For(Language.Python).Interpreter, Script];

    /// <summary>The file that has it import and wait, which it removes.</summary>
    public static (WorkRequest Request, byte[] Content) Hook { get; } = (
        FileRequests.Of(
            new FileWrite { Path = Encoding.UTF8.GetBytes($"{Directory}/sitecustomize.py"), Upload = "start", Offset = 0, Finish = true, Parents = true, Mode = 0x1A4 },
            Guest.UserId),
        ReadHook());

    /// <summary>The start, once the <see cref="Hook"/> is there.</summary>
    public static ProcessStart Start(IReadOnlyList<string> modules) => new()
    {
        // No process of a sandbox that stays has this id by chance.
        Id = $"start-{Guid.NewGuid():n}",
        Arguments = Arguments,
        Environment = Guest.EnvironmentWith(new Dictionary<string, string>
        {
            ["PYTHONPATH"] = $"{Directory}:{Guest.Home}",
            ["SANDBOX_START"] = WaitsAt,
            ["SANDBOX_START_MODULES"] = string.Join(' ', modules),
        }),
        Directory = Guest.Home,
        Uid = Guest.UserId,
        Gid = Guest.UserId,
        Mould = new Mould(WaitsAt),
        ChannelsApart = true,
    };

    /// <summary>Whether it can become this process: who it is and where it stands is given already, and its stdin is no terminal.</summary>
    public static bool CanBecome(SandboxSpec sandbox, ProcessSpec process) =>
        process is { Language: Language.Python, Terminal: null }
        && !(process.Root ?? sandbox.Root)
        && (process.Directory ?? sandbox.Directory) == Guest.Home
        && sandbox.Environment.Concat(process.Environment).All(variable =>
            !_early.Any(early => variable.Key.StartsWith(early, StringComparison.Ordinal)) && !variable.Value.Contains('\0', StringComparison.Ordinal));

    /// <summary>What makes it that process.</summary>
    public static ProcessPour Become(ProcessSpec process, ProcessStart cold) => new()
    {
        Content = JsonSerializer.SerializeToUtf8Bytes(cold.Environment.Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1])),
        Files = [new FileToMake(Script, process.Code)],
        Limits = cold.Limits,
    };

    private static byte[] ReadHook()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("preload.py")
            ?? throw new InvalidOperationException("The build lacks its resource preload.py.");
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}

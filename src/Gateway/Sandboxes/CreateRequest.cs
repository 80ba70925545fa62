using System.Text;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes;

/// <summary>Reads a creation, fills in what it leaves out, and holds it to the operator's limits.</summary>
internal static class CreateRequest
{
    /// <summary>The least memory in bytes that anything runs in.</summary>
    public const long LeastMemory = 64L << 20;

    /// <summary>The fewest bytes of files.</summary>
    public const long LeastDisk = 1L << 20;

    /// <summary>The fewest processes.</summary>
    public const int LeastProcesses = 8;

    /// <summary>The most labels.</summary>
    public const int MostLabels = 64;

    /// <summary>The fewest characters of a token that the caller chooses. Drawn at random from 64 they hold 192 bits.</summary>
    public const int LeastToken = 32;

    /// <summary>The most characters of such a token.</summary>
    public const int MostToken = 128;

    /// <summary>The longest time between two periodic checkpoints, in seconds.</summary>
    public const double MostCheckpointSeconds = 86_400;

    /// <summary>The most checkpoints that a sandbox may ask to keep.</summary>
    public const int MostKept = 1_000;

    private const int KeptOfPeriodic = 10;
    private const string User = "user";
    private const string Root = "root";

    private static readonly string[] s_later = ["volumes", "secrets", "cpu"];

    /// <summary>The id asked for, or a new one; what to create; and the token that the caller chose, or null.</summary>
    /// <exception cref="CallException">The request cannot be; the message names the member.</exception>
    public static (string Id, SandboxSpec Spec, string? Token) Read(Arguments request, SandboxLimitsOptions limits)
    {
        if (s_later.FirstOrDefault(request.Has) is { } reserved)
        {
            throw CallException.Invalid($"{reserved}: not yet. This server cannot do it; leave the member out.");
        }

        var id = request.Has("id") ? request.Sandbox("id") : Ids.NewSandbox();
        var checkpointInterval = request.Seconds("checkpointInterval", limits.MinCheckpointIntervalSeconds, MostCheckpointSeconds);
        var onIdle = request.Word("onIdle", WireNames.Of(IdleAction.Delete), WireNames.Of(IdleAction.Suspend));
        return (id, new SandboxSpec
        {
            Template = Template(request),
            Snapshot = Snapshot(request),
            Start = Start(request),
            Environment = Environment(request, limits.MaxEnvironmentBytes),
            Directory = Directory(request, "cwd") ?? "/home/user",
            Root = IsRoot(request) ?? false,
            MemoryBytes = request.Whole("memoryBytes", LeastMemory, limits.MaxMemoryBytes) ?? limits.DefaultMemoryBytes,
            DiskBytes = request.Whole("diskBytes", LeastDisk, limits.MaxDiskBytes) ?? limits.DefaultDiskBytes,
            Processes = (int)(request.Whole("processes", LeastProcesses, limits.MaxProcesses) ?? limits.DefaultProcesses),
            IdleTimeout = IdleTimeout(request, limits),
            OnIdle = onIdle == WireNames.Of(IdleAction.Suspend) ? IdleAction.Suspend : IdleAction.Delete,
            Lifetime = Lifetime(request, limits),
            Labels = Labels(request, "labels"),
            CheckpointInterval = checkpointInterval,
            KeepFiles = request.Flag("keepFiles", otherwise: false),
            KeepCheckpoints = (int?)request.Whole("keepCheckpoints", 1, MostKept) ?? (checkpointInterval is null ? null : KeptOfPeriodic),
        }, Token(request));
    }

    /// <summary>Labels of a creation or of a list's filter.</summary>
    public static Dictionary<string, string> Labels(Arguments request, string name)
    {
        var labels = request.TextMap(name, MostLabels, 256);
        return labels.Keys.FirstOrDefault(key => key.Length is 0 or > 64) is null
            ? labels
            : throw CallException.Invalid($"{name}: a label's name has 1 to 64 characters.");
    }

    /// <summary>Environment variables.</summary>
    /// <param name="request">The call.</param>
    /// <param name="most">Bytes of all names and values.</param>
    public static Dictionary<string, string> Environment(Arguments request, int most)
    {
        var variables = request.TextMap("env", 4096, most);
        if (variables.Keys.FirstOrDefault(name => name.Length == 0 || name.Contains('=') || name.Contains('\0')) is { } bad)
        {
            throw CallException.Invalid($"env: a variable cannot be called '{bad}': names are not empty and hold neither '=' nor NUL.");
        }

        return SizeOf(variables) <= most ? variables : throw CallException.Invalid($"env: all of it together may have {most} bytes.");
    }

    /// <summary>Bytes of variables, each with its '=' and its end.</summary>
    public static int SizeOf(Dictionary<string, string> variables) =>
        variables.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value) + 2);

    /// <summary>A directory in the sandbox, or null.</summary>
    public static string? Directory(Arguments request, string name) => request.Text(name, 4096) switch
    {
        null => null,
        ['/', ..] path => path,
        _ => throw CallException.Invalid($"{name} must be an absolute path, such as /home/user."),
    };

    /// <summary>Whether programs run as root; null where the call does not say.</summary>
    public static bool? IsRoot(Arguments request) => request.Word("user", User, Root) is { } user ? user == Root : null;

    /// <summary>The name of who programs run as.</summary>
    public static string UserName(bool root) => root ? Root : User;

    private static string? Token(Arguments request)
    {
        if (request.Text("token", SandboxTokenText.Most) is not { } token) return null;
        if (!request.Has("id")) throw CallException.Invalid("token: choose an id too, because without one a repeated request makes another sandbox.");
        return token.Length is >= LeastToken and <= MostToken && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? token
            : throw CallException.Invalid($"token must be {LeastToken} to {MostToken} of A-Z, a-z, 0-9, '_' and '-'. Draw it at random.");
    }

    private static string Template(Arguments request)
    {
        var name = request.Text("template", 64) ?? "base";
        return name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? name
            : throw CallException.Invalid("template must be 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.");
    }

    private static string? Snapshot(Arguments request)
    {
        if (request.Text("snapshot", 256) is not { } name) return null;
        if (request.Has("template")) throw CallException.Invalid("snapshot: name a template or a snapshot, not both. A snapshot has its template in it.");
        return Ids.CheckSandbox(name, "snapshot");
    }

    private static string? Start(Arguments request)
    {
        if (request.Text("start", 256) is not { } name) return null;
        if (request.Has("snapshot")) throw CallException.Invalid("start: a start state is a template's. Leave out either it or the snapshot.");
        return Ids.CheckSandbox(name, "start");
    }

    private static TimeSpan? IdleTimeout(Arguments request, SandboxLimitsOptions limits)
    {
        var asked = request.Seconds("idleTimeout", 1, limits.MaxIdleTimeoutSeconds) ?? TimeSpan.FromSeconds(limits.DefaultIdleTimeoutSeconds);
        if (!request.Flag("keepAlive", otherwise: false)) return asked;
        return limits.AllowKeepAlive ? null : throw CallException.Invalid("keepAlive is not allowed on this server. Give an idleTimeout.");
    }

    private static TimeSpan? Lifetime(Arguments request, SandboxLimitsOptions limits) =>
        request.Seconds("lifetime", 1, limits.MaxLifetimeSeconds ?? 31_536_000)
        ?? (limits.MaxLifetimeSeconds is { } most ? TimeSpan.FromSeconds(most) : null);
}

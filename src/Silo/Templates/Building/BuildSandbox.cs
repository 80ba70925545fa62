using System.Text;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Files;
using Sandbox.Silo.Languages;
using Sandbox.Silo.Link;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Templates.Building;

/// <summary>The sandbox of a build, as what is done in it: files put there, and commands run one after another. It stays its owner's.</summary>
/// <param name="sandbox">The sandbox.</param>
/// <param name="environment">Variables of every command over the build's own.</param>
/// <param name="sources">Where packages come from.</param>
internal sealed class BuildSandbox(StartedSandbox sandbox, IReadOnlyDictionary<string, string> environment, BuildSources sources)
{
    private const int KeptOutput = 8 * 1024;
    private const int Piece = 256 * 1024;
    private const int MostShown = 400;

    private static readonly Dictionary<string, string> _root = new(StringComparer.Ordinal) { ["HOME"] = "/root", ["USER"] = "root", ["LOGNAME"] = "root" };
    private int _started;

    /// <summary>The link to it.</summary>
    public GuestLink Link => sandbox.Link;

    /// <summary>Puts a file in its place, as root's.</summary>
    public Task<SandboxError?> WriteFileAsync(string path, byte[] content, CancellationToken cancellationToken) => GiveAsync(
        new FileWrite { Path = Encoding.UTF8.GetBytes(path), Upload = "build", Offset = 0, Finish = true, Parents = true, Mode = 0x1A4 }, new MemoryStream(content), cancellationToken);

    /// <summary>Unpacks a tar into a directory, as root's.</summary>
    public Task<SandboxError?> UnpackAsync(string path, Stream tar, CancellationToken cancellationToken) =>
        GiveAsync(new FileWrite { Path = Encoding.UTF8.GetBytes(path), Unpack = true }, tar, cancellationToken);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">Which.</param>
    /// <param name="told">Takes its output.</param>
    /// <param name="cancellationToken">Gives up; the command goes on until the sandbox is gone.</param>
    /// <returns>Why it did not end well: the command and the end of its output. Null when it did.</returns>
    public async Task<SandboxError?> RunAsync(BuildCommand command, Func<TemplateOutput, ValueTask> told, CancellationToken cancellationToken)
    {
        var uid = command.Root ? 0u : Guest.UserId;
        var variables = BuildPlan.Environment(command.Root);
        foreach (var (name, value) in command.Root ? _root : []) variables[name] = value;
        foreach (var (name, value) in sources.Environment) variables[name] = value;
        foreach (var (name, value) in environment) variables[name] = value;
        StartResult started;
        try
        {
            started = await Link.StartAsync(
                new ProcessStart
                {
                    Id = $"build-{++_started}",
                    Arguments = command.Arguments,
                    Environment = Guest.EnvironmentWith(variables),
                    Directory = command.Root ? "/" : Guest.Home,
                    Uid = uid,
                    Gid = uid,
                    StdinClosed = true,
                },
                cancellationToken);
        }
        catch (ArgumentException e)
        {
            return Failed(command, e.Message, "");
        }

        if (!started.IsStarted) return Failed(command, $"it cannot be started: {started.Failure.Message}", "");
        using var process = started.Process;
        var tail = new List<byte>();
        await foreach (var chunk in process.ReadOutputAsync(OutputUntil.Drained, cancellationToken))
        {
            tail.AddRange(chunk.Data);
            if (tail.Count > 2 * KeptOutput) tail.RemoveRange(0, tail.Count - KeptOutput);
            await told(new TemplateOutput { Error = chunk.Channel is LinkChannel.Stderr, Data = chunk.Data });
        }

        var exit = await process.Exited.WaitAsync(cancellationToken);
        if (exit.Code == 0) return null;
        var how = exit.OutOfMemory ? "it was ended for want of memory (Templates:MemoryBytes)" : exit.Code is { } code ? $"exit code {code}" : $"signal {exit.Signal}";
        return Failed(command, how, Encoding.UTF8.GetString([.. tail.TakeLast(KeptOutput)]));
    }

    private static SandboxError Failed(BuildCommand command, string how, string output) => Refusal.Invalid(
        $"A command of the recipe failed, {how}: {(command.Shown.Length > MostShown ? command.Shown[..MostShown] + "..." : command.Shown)}"
        + (output.Length > 0 ? $"\n{output.TrimEnd()}" : ""));

    private async Task<SandboxError?> GiveAsync(FileWrite write, Stream content, CancellationToken cancellationToken)
    {
        using var work = Link.StartWork(FileRequests.Of(write, uid: 0));
        if (work is null) return Refusal.Unavailable("The build's sandbox has too much work on its files going on.");
        var piece = new byte[Piece];
        for (int read; (read = await content.ReadAsync(piece, cancellationToken)) > 0;)
        {
            if (!await work.WriteAsync(piece.AsMemory(0, read), cancellationToken)) break;
        }

        work.EndInput();
        return FileErrors.Of(await work.Done.WaitAsync(cancellationToken));
    }
}

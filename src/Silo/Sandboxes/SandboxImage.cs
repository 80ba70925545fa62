using System.Text.Json;
using Sandbox.Grains.Processes;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Sandboxes;

/// <summary>What the host knows of a sandbox that is held: with runsc's image of its memory and files, and the pieces of its logs, the whole of it.</summary>
internal sealed record SandboxImage
{
    /// <summary>The name of its file in a checkpoint.</summary>
    public const string FileName = "sandbox.json";

    /// <summary>The directory of runsc's image in a checkpoint.</summary>
    public const string Memory = "image";

    /// <summary>The directory of the pieces of logs.</summary>
    public const string Logs = "logs";

    /// <summary>The version of this format.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version that it was written in.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>How many starts there were.</summary>
    public required int Starts { get; init; }

    /// <summary>Its link.</summary>
    public required LinkImage Link { get; init; }

    /// <summary>Its processes, in the order of their starts.</summary>
    public required IReadOnlyList<LiveProcessImage> Processes { get; init; }

    /// <summary>The same, of which nothing runs any more.</summary>
    public SandboxImage Ended() => this with { Processes = [.. Processes.Select(process => process.Ended())] };

    /// <summary>Writes it.</summary>
    public async Task SaveAsync(string directory, CancellationToken cancellationToken)
    {
        await using var file = File.Create(Path.Combine(directory, FileName));
        await JsonSerializer.SerializeAsync(file, this, cancellationToken: cancellationToken);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is none, or of another version.</exception>
    public static async Task<SandboxImage> ReadAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(Path.Combine(directory, FileName));
            var image = await JsonSerializer.DeserializeAsync<SandboxImage>(file, cancellationToken: cancellationToken);
            return image is { Version: CurrentVersion }
                ? image
                : throw new InvalidDataException($"The checkpoint's {FileName} is of version {image?.Version}, and this server reads version {CurrentVersion}.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The checkpoint's {FileName} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A process of a sandbox that is held.</summary>
internal sealed record LiveProcessImage
{
    private const string Lost = "The sandbox's checkpoint could not be restored, and it was started with its files alone.";

    /// <summary>Its number on the link, which may know nothing of it any more.</summary>
    public required uint Number { get; init; }

    /// <summary>What was asked for, without its code and environment.</summary>
    public required ProcessSpec Spec { get; init; }

    /// <summary>The command line.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its pid as programs in the sandbox see it.</summary>
    public required int Pid { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it has run, without the time in which its sandbox was suspended.</summary>
    public required TimeSpan Ran { get; init; }

    /// <summary>How it ended, once it has.</summary>
    public ProcessEnd? End { get; init; }

    /// <summary>Its terminal's size, or null.</summary>
    public TerminalSpec? Terminal { get; init; }

    /// <summary>Where its input was ended, or null.</summary>
    public long? InputEnd { get; init; }

    /// <summary>How much input it was given.</summary>
    public required long InputSent { get; init; }

    /// <summary>Whether its time limit has killed it.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Its output channels.</summary>
    public required IReadOnlyList<LiveChannelImage> Channels { get; init; }

    /// <summary>The same, which has ended with its sandbox unless it had before.</summary>
    public LiveProcessImage Ended() => End is not null ? this : this with { End = new ProcessEnd { Reason = ProcessEndReason.SandboxEnded, Message = Lost, Ran = Ran, Cpu = TimeSpan.Zero } };
}

/// <summary>An output channel of a process of a sandbox that is held.</summary>
internal sealed record LiveChannelImage
{
    /// <summary>Which.</summary>
    public required ProcessChannel Channel { get; init; }

    /// <summary>Its log.</summary>
    public required OutputLogImage Log { get; init; }

    /// <summary>What was taken from the link and is not in the log yet, for want of room.</summary>
    public byte[] Leftover { get; init; } = [];

    /// <summary>Where the histories have begun that it comes from.</summary>
    public IReadOnlyList<LogParting> Partings { get; init; } = [];
}

using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Output;

/// <summary>How much one output log holds, and where. Section <c>Output</c>.</summary>
public sealed class OutputLogOptions : IValidatableObject
{
    /// <summary>
    /// Bytes held in memory at most, 65,536 to 16 MiB. Memory is taken as output comes, so that a process that says little costs little; what a
    /// busy one has said longer ago moves to the disk.
    /// </summary>
    [Range(64 * 1024, 16 * 1024 * 1024)]
    public int MemoryBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// Bytes held at most in all, in memory and on disk, 65,536 to 16 GiB. Beyond them the oldest fall out, a whole file at a time, or the
    /// program waits. A log without a directory, or with no room for two files beside its memory, holds <see cref="MemoryBytes"/>.
    /// </summary>
    [Range(64 * 1024, 16L * 1024 * 1024 * 1024)]
    public long LogBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of a full file on disk, 65,536 to 64 MiB. A full file never changes again.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int SegmentBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes that an ended log keeps in memory at most, 0 to 1 MiB; one that holds more moves all of them to the disk.</summary>
    [Range(0, 1024 * 1024)]
    public int EndedMemoryBytes { get; set; } = 16 * 1024;

    /// <summary>How long a log does without the disk after it could not write, before it tries again: 10 ms to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan DiskRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LogBytes < MemoryBytes)
        {
            yield return new ValidationResult(
                $"{nameof(LogBytes)} is less than {nameof(MemoryBytes)}, which it includes: raise the one or lower the other.", [nameof(LogBytes)]);
        }
    }
}

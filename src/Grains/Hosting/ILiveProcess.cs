using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Hosting;

/// <summary>A process of a sandbox on this host. Thread-safe.</summary>
public interface ILiveProcess
{
    /// <summary>Its id.</summary>
    string Id { get; }

    /// <summary>Completes, and never fails, when it has ended.</summary>
    Task<ProcessEnd> Ended { get; }

    /// <summary>Describes it.</summary>
    ProcessDescription Describe();

    /// <summary>Sends a signal, 1 to 64, to it, or to it and all that came from it.</summary>
    Task<SandboxError?> SignalAsync(int signal, bool group, CancellationToken cancellationToken);

    /// <summary>Gives it input from an offset on. Completes when the program's side has taken it or its pipe is full for longer than 15 s.</summary>
    Task<Outcome<InputTaken>> WriteInputAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Ends its input at an offset; on a terminal by Ctrl-D.</summary>
    Task<Outcome<InputTaken>> EndInputAsync(long offset, CancellationToken cancellationToken);

    /// <summary>Gives its terminal a new size.</summary>
    Task<SandboxError?> ResizeAsync(int rows, int columns, CancellationToken cancellationToken);

    /// <summary>Reads an output log from a cursor on.</summary>
    IAsyncEnumerable<OutputItem> ReadOutputAsync(ProcessChannel channel, OutputCursor from, bool follow, CancellationToken cancellationToken);

    /// <summary>
    /// Up to which offset an output log is the same as it was in an earlier history of the sandbox: no further than where the present one, or one between, has parted from it.
    /// </summary>
    long CommonWith(ProcessChannel channel, long timeline);

    /// <summary>Every byte before the offset has reached a client: where the process blocks on a full log, it may go on.</summary>
    void Acknowledge(ProcessChannel channel, long offset);
}

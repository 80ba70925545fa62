using Sandbox.Gateway.Wire;
using Sandbox.Grains.Processes;

namespace Sandbox.Gateway.Processes;

/// <summary>A process as clients see it.</summary>
internal sealed record ProcessView
{
    public required string Id { get; init; }

    public required int Pid { get; init; }

    public required string[] Argv { get; init; }

    public required string Status { get; init; }

    public ExitView? Exit { get; init; }

    public required DateTimeOffset Started { get; init; }

    public TerminalView? Terminal { get; init; }

    public required IReadOnlyList<ChannelView> Channels { get; init; }

    public required long StdinOffset { get; init; }

    public static ProcessView Of(ProcessDescription process) => new()
    {
        Id = process.Id,
        Pid = process.Pid,
        Argv = process.Arguments,
        Status = process.End is null ? "running" : "exited",
        Exit = process.End is { } end ? ExitView.Of(end) : null,
        Started = process.Started,
        Terminal = process.Terminal is { } terminal ? new TerminalView(terminal.Rows, terminal.Columns) : null,
        Channels = [.. process.Channels.Select(ChannelView.Of)],
        StdinOffset = process.InputOffset,
    };
}

/// <summary>How a process ended.</summary>
internal sealed record ExitView(
    string Reason, double Seconds, double CpuSeconds, int? Code = null, int? Signal = null, string? Message = null)
{
    public static ExitView Of(ProcessEnd end) =>
        new(WireNames.Of(end.Reason), end.Ran.TotalSeconds, end.Cpu.TotalSeconds, end.Code, end.Signal, end.Message);
}

/// <summary>A terminal's size.</summary>
internal sealed record TerminalView(int Rows, int Cols);

/// <summary>An output log: <c>start</c> is the first byte that can still be read, <c>offset</c> how many were written, <c>end</c> the same once no more will come.</summary>
internal sealed record ChannelView(string Name, string Mime, long Start, long Offset, long? End = null)
{
    public static ChannelView Of(ChannelDescription channel) => new(
        WireNames.Of(channel.Channel),
        channel.Channel is ProcessChannel.Terminal ? "application/x-terminal" : "text/plain",
        channel.Start, channel.Offset, channel.Ended ? channel.Offset : null);
}

/// <summary>The answer that describes a process.</summary>
internal sealed record ProcessAnswer(ProcessView Process);

/// <summary>The answer to a start.</summary>
internal sealed record StartedAnswer(ProcessView Process, bool Known);

/// <summary>A sandbox's processes.</summary>
internal sealed record ProcessListAnswer(IReadOnlyList<ProcessView> Processes);

/// <summary>Every byte of input before the offset was taken.</summary>
internal sealed record InputAnswer(long Offset);

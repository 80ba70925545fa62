using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Processes.Output;

/// <summary>One reader of an output log on a connection that others use too: never sent beyond its window.</summary>
internal sealed class OutputReader(ISandboxGrain sandbox, OutputRequest request, TimeProvider time, ILogger logger)
{
    private readonly OutputWindow _window = new(request.From.Offset);
    private readonly OutputAcknowledger _acknowledger = new(sandbox, request, logger);

    /// <summary>The client has everything before an offset.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="timeline">The history that it belongs to, or null for the present one.</param>
    public void Acknowledge(long offset, long? timeline)
    {
        if (_window.Acknowledge(offset, timeline)) _acknowledger.Acknowledge(_window.Acknowledged);
    }

    /// <summary>Reads to the end, waiting for acknowledgements where the window is full. Enumerated once.</summary>
    public async IAsyncEnumerable<OutputItemView> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var acknowledging = _acknowledger;
        OutputCursor? stale = request.From;
        while (stale is { } from)
        {
            stale = null;
            await foreach (var item in _acknowledger.WatchAsync(OutputSource.ReadAsync(sandbox, request with { From = from }, time, cancellationToken), cancellationToken))
            {
                switch (item)
                {
                    case OutputData data:
                        var came = time.GetTimestamp();
                        if (data.Offset != _window.Sent) _window.JumpTo(data.Offset, data.Timeline);
                        for (var rest = data.Data.AsMemory(); rest.Length > 0;)
                        {
                            await _window.WaitAsync(cancellationToken);
                            if (request.Follow && time.GetElapsedTime(came) > OutputSource.LiesFor)
                            {
                                stale = new OutputCursor(data.Timeline, _window.Sent);
                                break;
                            }

                            var part = rest[..Math.Min(rest.Length, _window.Room)];
                            var offset = _window.Sent;
                            _window.Advance(part.Length);
                            yield return OutputItemView.OfData(data.Timeline, offset, part);
                            rest = rest[part.Length..];
                        }

                        break;
                    case OutputGap gap:
                        _window.JumpTo(gap.To, gap.Timeline);
                        yield return OutputItemView.Of(gap);
                        break;
                    case OutputRewound rewound:
                        _window.JumpTo(rewound.To, rewound.Timeline);
                        yield return OutputItemView.Of(rewound);
                        break;
                    case OutputEnd end:
                        yield return OutputItemView.Of(end);
                        break;
                }

                if (stale is not null) break;
            }
        }
    }
}

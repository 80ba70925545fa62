using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Processes.Output;

/// <summary><c>GET /v1/sandboxes/{id}/processes/{pid}/output</c>: the bytes as they are, or items that also say what was lost.</summary>
internal sealed class OutputEndpoint(SandboxAccess access, StreamLifetime lifetime, TimeProvider time, ILogger<OutputEndpoint> logger)
{
    private const string OffsetHeader = "Sandbox-Output-Offset";
    private const string TimelineHeader = "Sandbox-Output-Timeline";

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(
                "/{id}/processes/{pid}/output",
                (HttpContext context, string id, string pid, OutputEndpoint endpoint) => endpoint.ReadAsync(context, id, pid))
            .Describe("readOutput", "Read or follow what a program writes")
            .Streams("application/octet-stream", "application/x-ndjson", "text/event-stream");

    private async Task ReadAsync(HttpContext context, string id, string pid)
    {
        var format = AcceptedFormat.ChooseForBytes(context.Request.Headers.Accept)
            ?? throw new ProblemException(ExecuteProblems.NotAcceptable(AcceptedFormat.AllForBytes));
        var query = RestArguments.ReadQuery(context.Request.Query, ["channel"], ["offset", "timeline"], ["follow"]);
        var request = OutputRequest.Read(query, Ids.CheckProcess(pid));
        var sandbox = await access.OpenAsync(context, id);

        // Reading wakes, and what a sandbox has that went back is known only then.
        var timeline = (await SandboxCalls.AttachAsync(sandbox)).Sandbox.Timeline;

        // Before anything is sent: afterwards a failure is no status any more.
        var process = (await sandbox.DescribeProcessAsync(pid)).ValueOrThrow();
        var channel = process.Channels.FirstOrDefault(one => one.Channel == request.Channel)
            ?? throw new CallException(new CallError(CallCode.NotFound, $"The process has no channel '{WireNames.Of(request.Channel)}'."));
        if (format is not OutputFormat.Text)
        {
            await WriteItemsAsync(context, sandbox, request, new ItemStream(context.Response, format, time));
            return;
        }

        if (query.Has("offset") && request.From.Offset < channel.Start)
        {
            throw new CallException(new CallError(CallCode.Conflict, $"The bytes before {channel.Start} fell out of the log. Read from there.")
            {
                Expected = channel.Start,
            });
        }

        if ((request.From.Timeline ?? timeline) != timeline || request.From.Offset > channel.Offset)
        {
            var next = Math.Min(request.From.Offset, channel.Offset);
            throw WentBack(next, timeline, next);
        }

        var from = new OutputCursor(timeline, Math.Max(request.From.Offset, channel.Start));
        await WriteBytesAsync(context, sandbox, request with { From = from });
    }

    private async Task WriteItemsAsync(HttpContext context, ISandboxGrain sandbox, OutputRequest request, ItemStream stream)
    {
        await using var acknowledging = new OutputAcknowledger(sandbox, request, logger);
        await lifetime.RunAsync(
            context,
            async cancel =>
            {
                await stream.BeginAsync(cancel);
                var items = acknowledging.WatchAsync(OutputSource.ReadAsync(sandbox, request, time, cancel), cancel);
                await foreach (var item in stream.WithoutSilenceAsync(items, cancel))
                {
                    var view = OutputItemView.Of(item);
                    await stream.WriteAsync(view.Type, view, id: null, cancel);
                    Acknowledge(acknowledging, item);
                }
            },
            error => stream.WriteFailureAsync(error, context.RequestAborted));
    }

    private async Task WriteBytesAsync(HttpContext context, ISandboxGrain sandbox, OutputRequest request)
    {
        await using var acknowledging = new OutputAcknowledger(sandbox, request, logger);
        await lifetime.RunAsync(
            context,
            async cancel =>
            {
                context.Response.Headers[OffsetHeader] = request.From.Offset.ToString(CultureInfo.InvariantCulture);
                context.Response.Headers[TimelineHeader] = request.From.Timeline!.Value.ToString(CultureInfo.InvariantCulture);
                await ItemStream.BeginAsync(context.Response, "application/octet-stream", cancel);
                var body = context.Response.BodyWriter;
                await foreach (var item in acknowledging.WatchAsync(OutputSource.ReadAsync(sandbox, request, time, cancel), cancel))
                {
                    if (item is OutputGap gap)
                    {
                        throw new CallException(new CallError(CallCode.Conflict, $"The bytes from {gap.From} to {gap.To} fell out of the log."));
                    }

                    if (item is OutputRewound rewound) throw WentBack(rewound.To, rewound.Timeline, expected: null);
                    if (item is not OutputData data) continue;
                    body.Write(data.Data);
                    await body.FlushAsync(cancel);
                    Acknowledge(acknowledging, item);
                }
            },
            tell: null);
    }

    private static CallException WentBack(long to, long timeline, long? expected) =>
        new(new CallError(CallCode.Conflict, $"The sandbox has no such bytes, or not any more. Read on from {to} of timeline {timeline}.") { Expected = expected });

    /// <summary>The connection has taken an item: HTTP has no better word for it.</summary>
    private static void Acknowledge(OutputAcknowledger acknowledger, OutputItem item)
    {
        if (item is not OutputData data) return;
        acknowledger.Acknowledge(data.Offset + data.Data.Length);
    }
}

using Microsoft.Extensions.Options;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Processes;

/// <summary>The calls about processes, the same for the hub and for <c>/v1</c>. All come behind <see cref="Access.SandboxAccess"/>.</summary>
internal sealed class ProcessCalls(IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>The most bytes of one write.</summary>
    public const int MostInput = 65_536;

    // What the grain waits at most; longer waits are several of these.
    private static readonly TimeSpan OneWait = TimeSpan.FromSeconds(20);

    public async Task<StartedAnswer> StartAsync(ISandboxGrain sandbox, Arguments request)
    {
        var spec = StartRequest.Read(request, options.Value.Sandboxes);
        var epoch = request.Whole("epoch", 0, Arguments.MostNumber);
        var timeline = request.Whole("timeline", 0, Arguments.MostNumber);

        // Not given up when the client leaves: what was asked for once is started once.
        var started = (await sandbox.StartAsync(spec, epoch, timeline)).ValueOrThrow();
        return new StartedAnswer(ProcessView.Of(started.Process), started.Known);
    }

    public static async Task<ProcessListAnswer> ListAsync(ISandboxGrain sandbox) =>
        new([.. (await sandbox.ListProcessesAsync()).ValueOrThrow().Processes.Select(ProcessView.Of)]);

    public static async Task<ProcessAnswer> DescribeAsync(ISandboxGrain sandbox, string processId) =>
        Answer(await sandbox.DescribeProcessAsync(processId));

    public async Task<ProcessAnswer> WaitAsync(ISandboxGrain sandbox, string processId, Arguments request, CancellationToken cancellationToken)
    {
        var limit = request.Seconds("timeout", 0, 300) ?? TimeSpan.FromSeconds(30);
        var began = time.GetTimestamp();
        while (true)
        {
            var left = limit - time.GetElapsedTime(began);
            var step = left < TimeSpan.Zero ? TimeSpan.Zero : left < OneWait ? left : OneWait;
            var process = (await sandbox.WaitAsync(processId, step, cancellationToken)).ValueOrThrow();
            if (process.End is not null || time.GetElapsedTime(began) >= limit) return new ProcessAnswer(ProcessView.Of(process));
        }
    }

    public static async Task<ProcessAnswer> SignalAsync(ISandboxGrain sandbox, string processId, Arguments request) =>
        Answer(await sandbox.SignalAsync(processId, SignalNumber.Read(request), request.Flag("group", otherwise: false)));

    public static async Task<ProcessAnswer> KillAsync(ISandboxGrain sandbox, string processId) =>
        Answer(await sandbox.SignalAsync(processId, SignalNumber.Kill, group: true));

    public static Task<InputAnswer> WriteInputAsync(ISandboxGrain sandbox, string processId, Arguments request) =>
        WriteInputAsync(sandbox, processId, request, secret: null);

    public static async Task<InputAnswer> WriteInputAsync(ISandboxGrain sandbox, string processId, Arguments request, string? secret) =>
        new((await sandbox.WriteInputAsync(processId, Offset(request), request.RequiredBytes("data", MostInput), secret)).ValueOrThrow().Offset);

    public static async Task<InputAnswer> EndInputAsync(ISandboxGrain sandbox, string processId, Arguments request) =>
        new((await sandbox.EndInputAsync(processId, Offset(request))).ValueOrThrow().Offset);

    public static async Task<ProcessAnswer> ResizeAsync(ISandboxGrain sandbox, string processId, Arguments request) =>
        Answer(await sandbox.ResizeAsync(processId, (int)request.RequiredWhole("rows", 1, 1000), (int)request.RequiredWhole("cols", 1, 1000)));

    private static long Offset(Arguments request) => request.RequiredWhole("offset", 0, Arguments.MostNumber);

    private static ProcessAnswer Answer(Outcome<ProcessDescription> outcome) => new(ProcessView.Of(outcome.ValueOrThrow()));
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute;

/// <summary>A bare script: runs it as a program and streams what it writes, as it is written.</summary>
internal sealed partial class ScriptExecution(
    IGrainFactory grains, IOptions<GatewayOptions> options, ExecutionLifetime lifetime, TimeProvider time, ILogger<ScriptExecution> logger)
{
    /// <summary>A burst is passed on in pieces of at most this size, so that no more than this is ever held for a reader that stalls.</summary>
    private const int FlushAt = 64 << 10;

    private readonly GatewayOptions _options = options.Value;

    public async Task RunAsync(HttpContext context)
    {
        var request = context.Request;
        // What can be told without the body is told before it is read.
        var format = AcceptedFormat.Choose(request.Headers.Accept)
            ?? throw new ProblemException(ExecuteProblems.NotAcceptable(AcceptedFormat.All));
        var language = ExecuteQuery.ReadLanguage(request.Query) ?? Language.Python;
        var timeout = ExecuteQuery.ReadTimeout(request.Query, _options.MaxTimeoutSeconds)
            ?? TimeSpan.FromSeconds(_options.DefaultTimeoutSeconds);
        var code = await RequestBody.ReadAsync(request, _options.MaxScriptBytes, ExecuteProblems.ScriptTooLarge(_options.MaxScriptBytes));
        if (ScriptText.Check(code, _options.MaxScriptBytes) is { } problem)
        {
            throw new ProblemException(problem);
        }

        using var lease = lifetime.Begin(context);
        var grain = grains.GetGrain<IExecutionGrain>(ExecutionKey.New(RequestOwner.Of(context)));
        await using var execution = await Execution.StartAsync(grain, Request(language, code, timeout), lease);
        using var writer = OutputWriter.Create(format, context.Response);
        await BeginAsync(context.Response, writer, lease.Token);
        var exited = await PumpAsync(execution, context.Response, writer, lease);
        if (exited is not null)
        {
            writer.Write(exited, timeout);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    private ExecutionRequest Request(Language language, byte[] code, TimeSpan timeout) => new()
    {
        Language = language,
        Code = code,
        Limits = new ExecutionLimits { WallClock = timeout, OutputBytes = _options.MaxOutputBytes },
    };

    /// <summary>Sends the headers: the caller learns at once that the program runs, however long it stays silent.</summary>
    private static async Task BeginAsync(HttpResponse response, OutputWriter writer, CancellationToken cancellationToken)
    {
        response.ContentType = writer.ContentType;
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        writer.Prepare();
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>Passes the output on until the exit. Null when nobody is there to be told of it.</summary>
    private async Task<ExecutionExited?> PumpAsync(
        Execution execution, HttpResponse response, OutputWriter writer, ExecutionLifetime.Lease lease)
    {
        var body = response.BodyWriter;
        Task KeepAliveAsync() => writer.TryWriteNothing() ? body.FlushAsync(lease.Token).AsTask() : Task.CompletedTask;
        try
        {
            while (true)
            {
                var next = execution.NextAsync();
                if (!next.IsCompleted && body.UnflushedBytes > 0)
                {
                    // Nothing more at hand: what there is must not wait. A reader that does not keep up holds us here, and so the program.
                    await body.FlushAsync(lease.Token);
                }

                switch (await Silence.BreakAsync(next, KeepAliveAsync, time))
                {
                    case ExecutionOutput output:
                        writer.Write(output);
                        break;
                    case ExecutionExited exited:
                        return exited;
                    default:
                        break;
                }

                if (body.UnflushedBytes >= FlushAt && (await body.FlushAsync(lease.Token)).IsCompleted)
                {
                    return null;
                }
            }
        }
        catch (Exception) when (response.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (lease.ServerStopped)
        {
            return Failed("The server is going down.");
        }
        catch (Exception exception)
        {
            // The status is long sent; the stream's own end is the place to say it.
            var id = Guid.NewGuid().ToString("n");
            LogBroken(logger, exception, id);
            return Failed($"The server could not go on; its log has the cause under the number {id}.");
        }
    }

    private static ExecutionExited Failed(string message) =>
        new() { Reason = ExitReason.SandboxFailed, Message = message, Timings = new ExecutionTimings() };

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "An execution broke off, number {Id}")]
    private static partial void LogBroken(ILogger logger, Exception exception, string id);
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.Problems;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>A JSON execution: calls the script's <c>main()</c> and answers with what it returned and what was printed, kept apart.</summary>
internal sealed class MainExecution(IGrainFactory grains, IOptions<GatewayOptions> options, ExecutionLifetime lifetime)
{
    private readonly MainOptions _limits = options.Value.Json;
    private readonly MainRequestReader _reader = new(options.Value.Json);

    public async Task RunAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context);
        }
        catch (MainFailureException exception)
        {
            await exception.Failure.WriteAsync(context.Response);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!AcceptedFormat.AllowsJson(context.Request.Headers.Accept))
        {
            throw new ProblemException(ExecuteProblems.NotAcceptable("application/json"));
        }

        var queryLanguage = ExecuteQuery.ReadLanguage(context.Request.Query);
        var queryTimeout = ExecuteQuery.ReadTimeout(context.Request.Query, _limits.MaxTimeoutSeconds);
        var body = await RequestBody.ReadAsync(context.Request, _limits.MaxBodyBytes, ExecuteProblems.BodyTooLarge(_limits.MaxBodyBytes));
        var request = _reader.Read(body);
        var language = request.Language ?? queryLanguage ?? Language.Python;
        var timeout = request.Timeout ?? queryTimeout ?? TimeSpan.FromSeconds(_limits.DefaultTimeoutSeconds);
        var output = await ExecuteAsync(context, Request(request, language, timeout));
        if (language != Language.Python)
        {
            await (MainOutcome.OfEnd(output, timeout)?.WriteAsync(context.Response) ?? MainAnswer.WriteProgramAsync(context.Response, output));
            return;
        }

        var (result, failure) = MainOutcome.OfMain(output, _limits, timeout);
        await (failure?.WriteAsync(context.Response) ?? MainAnswer.WriteResultAsync(context.Response, result, output));
    }

    private async Task<MainOutput> ExecuteAsync(HttpContext context, ExecutionRequest request)
    {
        using var lease = lifetime.Begin(context);
        var grain = grains.GetGrain<IExecutionGrain>(ExecutionKey.New(RequestOwner.Of(context)));
        await using var execution = await Execution.StartAsync(grain, request, lease);
        try
        {
            return await CollectAsync(execution);
        }
        catch (OperationCanceledException) when (lease.ServerStopped)
        {
            throw new ProblemException(ExecuteProblems.Stopping());
        }
    }

    private async Task<MainOutput> CollectAsync(Execution execution)
    {
        var collector = new MainCollector(_limits.MaxOutputBytes, _limits.MaxResultBytes);
        while (true)
        {
            switch (await execution.NextAsync())
            {
                case ExecutionOutput output when !collector.Take(output):
                    return collector.Complete(new ExecutionExited { Reason = ExitReason.OutputLimit, Timings = new ExecutionTimings() });
                case ExecutionExited exited:
                    return collector.Complete(exited);
                default:
                    break;
            }
        }
    }

    private ExecutionRequest Request(MainRequest request, Language language, TimeSpan timeout) => new()
    {
        Language = language,
        Kind = language == Language.Python ? ExecutionKind.Main : ExecutionKind.Script,
        Code = request.Script,
        Arguments = request.Arguments,
        Stdin = request.Stdin,
        Environment = request.Environment,
        Limits = new ExecutionLimits
        {
            WallClock = timeout,
            Cpu = TimeSpan.FromSeconds(_limits.CpuSeconds),
            OutputBytes = _limits.MaxOutputBytes,
            FileBytes = _limits.MaxFileBytes,
            ResultBytes = _limits.MaxResultBytes,
        },
    };
}

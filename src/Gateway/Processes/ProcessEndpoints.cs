using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Processes;

/// <summary><c>/v1/sandboxes/{id}/processes</c>, but for output.</summary>
internal static class ProcessEndpoints
{
    public static void MapProcesses(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/{id}/processes", ListAsync).Describe("listProcesses", "List a sandbox's processes").Produces<ProcessListAnswer>();
        endpoints.MapPost("/{id}/processes", StartAsync).Describe("startProcess", "Start a program, once for an id")
            .Takes(RequestSchemas.Start).Produces<StartedAnswer>().Produces<StartedAnswer>(StatusCodes.Status201Created);
        endpoints.MapGet("/{id}/processes/{pid}", DescribeAsync).Describe("describeProcess", "Describe a process").Produces<ProcessAnswer>();
        endpoints.MapPost("/{id}/processes/{pid}/wait", WaitAsync).Describe("waitProcess", "Wait until a process has exited, or the time is over")
            .Takes(RequestSchemas.Wait).Produces<ProcessAnswer>();
        endpoints.MapPost("/{id}/processes/{pid}/signal", Call(ProcessCalls.SignalAsync)).Describe("signalProcess", "Send a signal")
            .Takes(RequestSchemas.Signal).Produces<ProcessAnswer>();
        endpoints.MapPost("/{id}/processes/{pid}/kill", Call((sandbox, pid, _) => ProcessCalls.KillAsync(sandbox, pid)))
            .Describe("killProcess", "Kill a program and all that came from it").Produces<ProcessAnswer>();
        endpoints.MapPost("/{id}/processes/{pid}/input", Call(ProcessCalls.WriteInputAsync)).Describe("writeInput", "Write to a program's input")
            .Takes(RequestSchemas.Input).Produces<InputAnswer>();
        endpoints.MapPost("/{id}/processes/{pid}/end-input", Call(ProcessCalls.EndInputAsync)).Describe("endInput", "End a program's input")
            .Takes(RequestSchemas.EndInput).Produces<InputAnswer>();
        endpoints.MapPost("/{id}/processes/{pid}/resize", Call(ProcessCalls.ResizeAsync)).Describe("resizeTerminal", "Give a terminal a new size")
            .Takes(RequestSchemas.Resize).Produces<ProcessAnswer>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, string id, SandboxAccess access) =>
        RestCalls.Json(await ProcessCalls.ListAsync(await access.OpenAsync(context, id)));

    private static async Task<IResult> StartAsync(HttpContext context, string id, SandboxAccess access, ProcessCalls calls)
    {
        var request = await RestArguments.ReadBodyAsync(context.Request);
        var answer = await calls.StartAsync(await access.OpenAsync(context, id), request);
        context.Response.Headers.Location = $"/v1/sandboxes/{id}/processes/{answer.Process.Id}";
        return RestCalls.Json(answer, answer.Known ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private static async Task<IResult> DescribeAsync(HttpContext context, string id, string pid, SandboxAccess access) =>
        RestCalls.Json(await ProcessCalls.DescribeAsync(await access.OpenAsync(context, id), Ids.CheckProcess(pid)));

    private static async Task<IResult> WaitAsync(
        HttpContext context, string id, string pid, SandboxAccess access, ProcessCalls calls, StreamLifetime lifetime)
    {
        var request = await RestArguments.ReadBodyAsync(context.Request);
        var sandbox = await access.OpenAsync(context, id);
        return RestCalls.Json(await lifetime.WaitAsync(context, cancel => calls.WaitAsync(sandbox, Ids.CheckProcess(pid), request, cancel)));
    }

    private static Delegate Call<T>(Func<ISandboxGrain, string, Arguments, Task<T>> call) =>
        async (HttpContext context, string id, string pid, SandboxAccess access) =>
        {
            var request = await RestArguments.ReadBodyAsync(context.Request);
            return RestCalls.Json(await call(await access.OpenAsync(context, id), Ids.CheckProcess(pid), request));
        };
}

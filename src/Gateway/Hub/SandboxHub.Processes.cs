using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Hub;

/// <content>Processes.</content>
internal sealed partial class SandboxHub
{
    private const string SandboxId = "sandboxId";

    [HubMethodName("StartProcess")]
    public async Task<StartedAnswer> StartProcessAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return await processes.StartAsync(await OpenAsync(arguments, SandboxId), arguments);
    }

    [HubMethodName("ListProcesses")]
    public async Task<ProcessListAnswer> ListProcessesAsync(JsonElement request) =>
        await ProcessCalls.ListAsync(await OpenAsync(Arguments.Of(request), SandboxId));

    [HubMethodName("DescribeProcess")]
    public Task<ProcessAnswer> DescribeProcessAsync(JsonElement request) =>
        OnProcessAsync(request, (sandbox, id, _) => ProcessCalls.DescribeAsync(sandbox, id));

    [HubMethodName("WaitProcess")]
    public Task<ProcessAnswer> WaitProcessAsync(JsonElement request) => OnProcessAsync(
        request, (sandbox, id, arguments) => processes.WaitAsync(sandbox, id, arguments, Context.ConnectionAborted));

    [HubMethodName("SignalProcess")]
    public Task<ProcessAnswer> SignalProcessAsync(JsonElement request) => OnProcessAsync(request, ProcessCalls.SignalAsync);

    [HubMethodName("KillProcess")]
    public Task<ProcessAnswer> KillProcessAsync(JsonElement request) =>
        OnProcessAsync(request, (sandbox, id, _) => ProcessCalls.KillAsync(sandbox, id));

    [HubMethodName("WriteInput")]
    public Task<InputAnswer> WriteInputAsync(JsonElement request)
    {
        var (arguments, processId) = ArgumentsOf(request);
        var (sandbox, secret) = access.Find(Caller, arguments.Sandbox(SandboxId), Token(arguments));
        return ProcessCalls.WriteInputAsync(sandbox, processId, arguments, secret);
    }

    [HubMethodName("EndInput")]
    public Task<InputAnswer> EndInputAsync(JsonElement request) => OnProcessAsync(request, ProcessCalls.EndInputAsync);

    [HubMethodName("ResizeTerminal")]
    public Task<ProcessAnswer> ResizeTerminalAsync(JsonElement request) => OnProcessAsync(request, ProcessCalls.ResizeAsync);

    private async Task<T> OnProcessAsync<T>(JsonElement request, Func<ISandboxGrain, string, Arguments, Task<T>> call)
    {
        var (arguments, processId) = ArgumentsOf(request);
        return await call(await OpenAsync(arguments, SandboxId), processId, arguments);
    }

    private static (Arguments Arguments, string ProcessId) ArgumentsOf(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return (arguments, Ids.CheckProcess(arguments.RequiredText("processId", 256)));
    }
}

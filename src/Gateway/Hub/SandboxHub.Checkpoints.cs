using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Checkpoints;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <content>Sleeping.</content>
internal sealed partial class SandboxHub
{
    [HubMethodName("CheckpointSandbox")]
    public async Task<CheckpointAnswer> CheckpointSandboxAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return await CheckpointCalls.CheckpointAsync(await OpenAsync(arguments, "id"), arguments);
    }

    [HubMethodName("SuspendSandbox")]
    public Task<SandboxAnswer> SuspendSandboxAsync(JsonElement request) => OnSandboxAsync(request, CheckpointCalls.SuspendAsync);

    [HubMethodName("RestoreSandbox")]
    public async Task<SandboxAnswer> RestoreSandboxAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return await CheckpointCalls.RestoreAsync(await OpenAsync(arguments, "id"), arguments);
    }

    [HubMethodName("RewindSandbox")]
    public async Task<SandboxAnswer> RewindSandboxAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return await CheckpointCalls.RewindAsync(await OpenAsync(arguments, "id"), arguments);
    }

    [HubMethodName("ForkSandbox")]
    public async Task<ForkAnswer> ForkSandboxAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return await CheckpointCalls.ForkAsync(await OpenAsync(arguments, "id"), arguments);
    }

    [HubMethodName("ListCheckpoints")]
    public Task<CheckpointListAnswer> ListCheckpointsAsync(JsonElement request) => OnSandboxAsync(request, CheckpointCalls.ListAsync);

    [HubMethodName("DeleteCheckpoint")]
    public async Task<CheckpointListAnswer> DeleteCheckpointAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        var checkpointId = arguments.RequiredText("checkpointId", 256);
        return await CheckpointCalls.DeleteAsync(await OpenAsync(arguments, "id"), checkpointId);
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Snapshots;
using Sandbox.Gateway.Templates;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Hub;

/// <summary>The hub of docs/hub.md: what comes over a connection, checked, and handed to the calls that <c>/v1</c> has too.</summary>
internal sealed partial class SandboxHub(
    SandboxAccess access, SandboxCalls sandboxes, SnapshotCalls snapshots, TemplateCalls templates, ProcessCalls processes, CallFailures failures, TimeProvider time,
    ILogger<SandboxHub> logger)
    : Microsoft.AspNetCore.SignalR.Hub
{
    private Caller Caller => Caller.Of(Context.User);

    [HubMethodName("CreateSandbox")]
    public Task<CreatedAnswer> CreateSandboxAsync(JsonElement request) =>
        sandboxes.CreateAsync(Caller, Arguments.Of(request), Context.ConnectionAborted);

    [HubMethodName("AttachSandbox")]
    public Task<SandboxAnswer> AttachSandboxAsync(JsonElement request) => OnSandboxAsync(request, SandboxCalls.AttachAsync);

    [HubMethodName("DescribeSandbox")]
    public Task<SandboxAnswer> DescribeSandboxAsync(JsonElement request) => OnSandboxAsync(request, SandboxCalls.DescribeAsync);

    [HubMethodName("ListSandboxes")]
    public Task<SandboxListAnswer> ListSandboxesAsync(JsonElement request) => sandboxes.ListAsync(Caller, Arguments.Of(request));

    [HubMethodName("DeleteSandbox")]
    public Task<SandboxAnswer> DeleteSandboxAsync(JsonElement request) => OnSandboxAsync(request, SandboxCalls.DeleteAsync);

    [HubMethodName("PauseSandbox")]
    public Task<SandboxAnswer> PauseSandboxAsync(JsonElement request) => OnSandboxAsync(request, SandboxCalls.PauseAsync);

    [HubMethodName("ResumeSandbox")]
    public Task<SandboxAnswer> ResumeSandboxAsync(JsonElement request) => OnSandboxAsync(request, SandboxCalls.ResumeAsync);

    [HubMethodName("SandboxStats")]
    public Task<StatsAnswer> SandboxStatsAsync(JsonElement request) => OnSandboxAsync(request, SandboxCalls.StatsAsync);

    private async Task<T> OnSandboxAsync<T>(JsonElement request, Func<ISandboxGrain, Task<T>> call) =>
        await call(await OpenAsync(Arguments.Of(request), "id"));

    private Task<ISandboxGrain> OpenAsync(Arguments request, string idName) =>
        access.OpenAsync(Caller, request.Sandbox(idName), Token(request));

    private static string? Token(Arguments request) => request.Text("token", SandboxTokenText.Most);
}

using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Snapshots;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <content>Snapshots. Their files go over HTTP.</content>
internal sealed partial class SandboxHub
{
    [HubMethodName("CreateSnapshot")]
    public async Task<TakenSnapshotAnswer> CreateSnapshotAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        return await snapshots.CreateAsync(Caller, await OpenAsync(arguments, "id"), arguments);
    }

    [HubMethodName("ListSnapshots")]
    public Task<SnapshotListAnswer> ListSnapshotsAsync(JsonElement request) => snapshots.ListAsync(Caller, Arguments.Of(request));

    [HubMethodName("DescribeSnapshot")]
    public Task<SnapshotAnswer> DescribeSnapshotAsync(JsonElement request) => snapshots.DescribeAsync(Caller, Arguments.Of(request));

    [HubMethodName("LabelSnapshot")]
    public Task<SnapshotAnswer> LabelSnapshotAsync(JsonElement request) => snapshots.LabelAsync(Caller, Arguments.Of(request));

    [HubMethodName("RenameSnapshot")]
    public Task<SnapshotAnswer> RenameSnapshotAsync(JsonElement request) => snapshots.RenameAsync(Caller, Arguments.Of(request));

    [HubMethodName("DeleteSnapshot")]
    public Task<SnapshotAnswer> DeleteSnapshotAsync(JsonElement request) => snapshots.DeleteAsync(Caller, Arguments.Of(request));
}

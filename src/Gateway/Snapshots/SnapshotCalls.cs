using Sandbox.Gateway.Access;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Gateway.Snapshots;

/// <summary>The calls about snapshots, the same for the hub and for <c>/v1</c>. All need a key: a sandbox's token opens no snapshot and makes none.</summary>
internal sealed class SnapshotCalls(IGrainFactory grains)
{
    private const int MostLabels = 16;
    private const int MostLabelBytes = 1_000;

    /// <summary>Takes a snapshot of a sandbox that the caller may reach, which must be the caller's own.</summary>
    public async Task<TakenSnapshotAnswer> CreateAsync(Caller caller, ISandboxGrain sandbox, Arguments request)
    {
        var owner = caller.RequireOwner();
        var key = FollowedSandbox.GrainOf(sandbox).GetPrimaryKeyString();
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (!string.Equals(key[..slash], owner, StringComparison.Ordinal))
            throw new CallException(CallError.Unauthorized("The sandbox belongs to another owner, who alone can take snapshots of it."));
        return TakenSnapshotAnswer.Of((await Grain(caller, Name(request)).CreateAsync(key[(slash + 1)..], Options(request))).ValueOrThrow());
    }

    public async Task<SnapshotListAnswer> ListAsync(Caller caller, Arguments request)
    {
        var after = request.Has("after") ? Ids.CheckSandbox(request.RequiredText("after", 256), "after") : null;
        var limit = (int)(request.Whole("limit", 1, 1000) ?? 100);
        var page = await grains.GetGrain<ISnapshotListGrain>(caller.RequireOwner()).ListAsync(after, limit, CreateRequest.Labels(request, "labels"));
        return new SnapshotListAnswer([.. page.Snapshots.Select(SnapshotView.Of)], page.Next);
    }

    public async Task<SnapshotAnswer> DescribeAsync(Caller caller, Arguments request) => Answer(await Grain(caller, Name(request)).DescribeAsync());

    public async Task<SnapshotAnswer> LabelAsync(Caller caller, Arguments request) => Answer(await Grain(caller, Name(request)).LabelAsync(Labels(request)));

    public async Task<SnapshotAnswer> RenameAsync(Caller caller, Arguments request) =>
        Answer(await Grain(caller, Name(request)).RenameAsync(Ids.CheckSandbox(request.RequiredText("to", 256), "to")));

    public async Task<SnapshotAnswer> DeleteAsync(Caller caller, Arguments request) =>
        Answer(await Grain(caller, Name(request)).DeleteAsync(request.Flag("cascade", otherwise: false)));

    /// <summary>The snapshot's grain.</summary>
    public ISnapshotGrain Grain(Caller caller, string name) => grains.GetGrain<ISnapshotGrain>($"{caller.RequireOwner()}/{Ids.CheckSandbox(name, "name")}");

    /// <summary>How one is to be made.</summary>
    public static SnapshotOptions Options(Arguments request) => new()
    {
        Labels = Labels(request),
        Overwrite = request.Flag("overwrite", otherwise: false),
        Consistent = request.Flag("consistent", otherwise: false),
    };

    private static string Name(Arguments request) => request.RequiredText("name", 256);

    private static Dictionary<string, string> Labels(Arguments request)
    {
        var labels = CreateRequest.Labels(request, "labels");
        // Lists show them, from what is stored beside the record.
        return labels.Count <= MostLabels && System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(labels).Length <= MostLabelBytes
            ? labels
            : throw CallException.Invalid($"labels: at most {MostLabels}, of {MostLabelBytes} bytes together as ASCII JSON.");
    }

    private static SnapshotAnswer Answer(Outcome<SnapshotDescription> outcome) => SnapshotAnswer.Of(outcome.ValueOrThrow());
}

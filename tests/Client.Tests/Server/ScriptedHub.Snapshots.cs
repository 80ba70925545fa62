using System.Text.Json;

namespace Sandboxes.Tests.Server;

/// <content>Snapshots.</content>
internal sealed partial class ScriptedHub
{
    public Task<object> CreateSnapshot(JsonElement request) => WithFaultsAsync<object>("CreateSnapshot", () =>
    {
        _ = world.Sandbox(request, "id");
        var name = request.GetProperty("name").GetString()!;
        if (world.Snapshots.ContainsKey(name) && !request.GetProperty("overwrite").GetBoolean()) throw ScriptedError.Of("conflict", $"There is a snapshot '{name}' already.");
        world.Snapshots[name] = [];
        return new { snapshot = ScriptedWorld.DescribeSnapshot(name, 0), changed = request.GetProperty("consistent").GetBoolean() ? [] : new[] { "srv/log" }, leftOut = new[] { "srv/fifo" } };
    });

    public Task<object> ListSnapshots(JsonElement request) => WithFaultsAsync<object>("ListSnapshots", () =>
    {
        var after = request.TryGetProperty("after", out var value) ? value.GetString() : null;
        var rest = world.Snapshots.OrderBy(one => one.Key, StringComparer.Ordinal).Where(one => string.CompareOrdinal(one.Key, after) > 0).ToList();
        var page = rest.Take(2).ToList(); // small, so that there are pages
        return new { snapshots = page.Select(one => ScriptedWorld.DescribeSnapshot(one.Key, one.Value.Length)), next = rest.Count > 2 ? page[^1].Key : null };
    });

    public Task<object> DescribeSnapshot(JsonElement request) => OnSnapshotAsync("DescribeSnapshot", request);

    public Task<object> LabelSnapshot(JsonElement request) => OnSnapshotAsync("LabelSnapshot", request);

    public async Task<object> RenameSnapshot(JsonElement request)
    {
        var to = request.GetProperty("to").GetString()!;
        if (world.Snapshots.ContainsKey(to)) throw ScriptedError.Of("conflict", $"There is a snapshot '{to}' already.");
        await OnSnapshotAsync("RenameSnapshot", request);
        world.Snapshots.TryRemove(request.GetProperty("name").GetString()!, out var bytes);
        world.Snapshots[to] = bytes!;
        return new { snapshot = ScriptedWorld.DescribeSnapshot(to, bytes!.Length) };
    }

    public async Task<object> DeleteSnapshot(JsonElement request)
    {
        var described = await OnSnapshotAsync("DeleteSnapshot", request);
        world.Snapshots.TryRemove(request.GetProperty("name").GetString()!, out _);
        return described;
    }

    private Task<object> OnSnapshotAsync(string method, JsonElement request) => WithFaultsAsync<object>(method, () =>
    {
        var name = request.GetProperty("name").GetString()!;
        return world.Snapshots.TryGetValue(name, out var bytes)
            ? new { snapshot = ScriptedWorld.DescribeSnapshot(name, bytes.Length, request.TryGetProperty("labels", out var labels) ? labels : null) }
            : throw ScriptedError.Of("not_found", $"There is no snapshot '{name}'.");
    });
}

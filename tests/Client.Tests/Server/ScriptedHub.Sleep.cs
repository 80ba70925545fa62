using System.Text.Json;

namespace Sandboxes.Tests.Server;

/// <content>Sleeping.</content>
internal sealed partial class ScriptedHub
{
    public Task<object> CheckpointSandbox(JsonElement request) => WithFaultsAsync<object>("CheckpointSandbox", () =>
        new { checkpoint = world.Sandbox(request, "id").Checkpoint(request.TryGetProperty("label", out var label) ? label.GetString() : null).Describe() });

    public Task<object> SuspendSandbox(JsonElement request) => OnSandboxAsync("SuspendSandbox", request, sandbox =>
    {
        sandbox.Sleep();
        return sandbox.Describe();
    });

    public Task<object> RestoreSandbox(JsonElement request) => OnSandboxAsync("RestoreSandbox", request, sandbox =>
    {
        sandbox.Wake(request.TryGetProperty("cold", out var cold) && cold.GetBoolean());
        return sandbox.Describe();
    });

    public Task<object> RewindSandbox(JsonElement request) => OnSandboxAsync("RewindSandbox", request, sandbox =>
    {
        sandbox.GoBack(request.GetProperty("checkpointId").GetString()!);
        return sandbox.Describe();
    });

    public Task<object> ForkSandbox(JsonElement request) => WithFaultsAsync<object>("ForkSandbox", () =>
    {
        var sandbox = world.Sandbox(request, "id");
        var current = sandbox.Checkpoint(label: null);
        var ids = Enumerable.Range(world.Sandboxes.Count, request.GetProperty("count").GetInt32()).Select(number => $"fork-{number}").ToList();
        foreach (var id in ids)
        {
            world.Sandboxes[id] = new ScriptedSandbox(id, "");
            sandbox.Happen("forked", checkpointId: current.Id, sandboxId: id);
        }

        return new { sandboxes = ids.Select(id => new { sandbox = world.Sandboxes[id].Describe(), created = true, token = "token-" + id }) };
    });

    public Task<object> ListCheckpoints(JsonElement request) => WithFaultsAsync<object>("ListCheckpoints", () => Listed(world.Sandbox(request, "id")));

    public Task<object> DeleteCheckpoint(JsonElement request) => WithFaultsAsync<object>("DeleteCheckpoint", () =>
    {
        var (sandbox, id) = (world.Sandbox(request, "id"), request.GetProperty("checkpointId").GetString());
        if (sandbox.Current == id) throw ScriptedError.Of(new { code = "conflict", message = "It goes on from this one.", status = sandbox.Status });
        sandbox.Checkpoints.RemoveAll(checkpoint => checkpoint.Id == id);
        return Listed(sandbox);
    });

    private static object Listed(ScriptedSandbox sandbox) =>
        new { checkpoints = sandbox.Checkpoints.Select(checkpoint => checkpoint.Describe()), current = sandbox.Current };
}

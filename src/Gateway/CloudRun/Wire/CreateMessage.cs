using System.Text.Json;

namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>The first message on <c>/create</c>: what the sandbox is to be.</summary>
/// <param name="IdleTimeout">Seconds; null for the server's default.</param>
/// <param name="Checkpoint">Whether it may be put to storage.</param>
/// <param name="AutoCheckpoint">Whether it is put to storage when it was idle for too long, and not deleted.</param>
/// <param name="Handoff">Whether a client that attaches at another server is told of the lock that it takes.</param>
/// <param name="Snapshot">The snapshot to start from, or null.</param>
internal sealed record CreateMessage(double? IdleTimeout, bool Checkpoint, bool AutoCheckpoint, bool Handoff, string? Snapshot)
{
    /// <summary>Reads it.</summary>
    /// <returns>What is wrong with it, or null. Nothing has been created then, and the client may send a better one.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> message, out CreateMessage? create)
    {
        create = null;
        if (!MessageObject.TryRead(message, out var fields, out var wrong)) return wrong;
        using (fields)
        {
            string? mistake = null;
            var idle = Number(fields, "idle_timeout", ref mistake);
            var checkpoint = Flag(fields, "enable_checkpoint", ref mistake);
            var auto = Flag(fields, "enable_idle_timeout_auto_checkpoint", ref mistake);
            var handoff = Flag(fields, "enable_sandbox_handoff", ref mistake);
            var snapshot = fields.Text("filesystem_snapshot_name");
            if (snapshot is null && fields.Has("filesystem_snapshot_name")) mistake ??= "filesystem_snapshot_name must be a text.";
            if (mistake is not null) return mistake;
            create = new CreateMessage(idle, checkpoint, auto, handoff, snapshot);
            return null;
        }
    }

    /// <summary>Why no sandbox can be like that, or null.</summary>
    public string? Contradiction => (Checkpoint, AutoCheckpoint, Handoff) switch
    {
        (false, true, _) => "enable_idle_timeout_auto_checkpoint needs enable_checkpoint.",
        (false, _, true) => "enable_sandbox_handoff needs enable_checkpoint.",
        _ => null,
    };

    private static bool Flag(MessageObject fields, string name, ref string? mistake)
    {
        switch (fields.Find(name))
        {
            case null or { ValueKind: JsonValueKind.False }:
                return false;
            case { ValueKind: JsonValueKind.True }:
                return true;
            default:
                mistake ??= $"{name} must be true or false.";
                return false;
        }
    }

    private static double? Number(MessageObject fields, string name, ref string? mistake)
    {
        if (fields.Find(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)) return number;
        mistake ??= $"{name} must be a number of seconds.";
        return null;
    }
}

using System.Globalization;

namespace Sandbox.Grains.Holding;

/// <summary>A head as its blob's metadata, so that lists need no reads. At most about 500 bytes of ASCII.</summary>
internal static class HeadMetadata
{
    public static Dictionary<string, string> Write(SandboxHead head)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = Number(head.Version),
            ["epoch"] = Number(head.Epoch),
            ["ends"] = Number(head.LeaseEnds.ToUnixTimeMilliseconds()),
            ["length"] = Number((long)head.LeaseLength.TotalMilliseconds),
            ["timeline"] = Number(head.Timeline),
            ["status"] = Number((int)head.Status),
        };
        if (head.Holder is { } holder) metadata["holder"] = holder.ToString();
        if (head.Checkpoint is { } checkpoint) metadata["checkpoint"] = checkpoint;
        if (head.Address is { } address) metadata["address"] = address;
        return metadata;
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null when it is something else, or of a later version.</summary>
    public static SandboxHead? Read(IReadOnlyDictionary<string, string> metadata) =>
        Number(metadata, "version") is > 0 and <= SandboxHead.CurrentVersion and var version
        && Number(metadata, "epoch") is { } epoch && Number(metadata, "ends") is { } ends && Number(metadata, "length") is { } length
        && Number(metadata, "timeline") is { } timeline && Number(metadata, "status") is { } status
            ? new SandboxHead
            {
                Version = (int)version,
                Epoch = epoch,
                Holder = metadata.TryGetValue("holder", out var holder) ? Holder(holder) : null,
                LeaseEnds = DateTimeOffset.FromUnixTimeMilliseconds(ends),
                LeaseLength = TimeSpan.FromMilliseconds(length),
                Timeline = timeline,
                Checkpoint = metadata.GetValueOrDefault("checkpoint"),
                Address = metadata.GetValueOrDefault("address"),
                Status = (HeadStatus)status,
            }
            : null;

    private static HolderId? Holder(string text) => text.Split('/') is [var host, var incarnation] ? new HolderId(host, incarnation) : null;

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static long? Number(IReadOnlyDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}

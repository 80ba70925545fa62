namespace Sandbox.Silo.Checkpoints;

/// <summary>Whether a host can restore a checkpoint.</summary>
internal static class CheckpointCompatibility
{
    /// <summary>Null when it can; otherwise the first reason why not.</summary>
    public static CheckpointRefusal? Check(CheckpointManifest manifest, CheckpointHost host)
    {
        var which = $"The checkpoint {manifest.Id} of {manifest.Sandbox}";
        if (!host.RunscVersions.Contains(manifest.RunscVersion))
        {
            return new(CheckpointRefusalKind.RunscVersion,
                $"{which} was made by runsc {manifest.RunscVersion}; this host has {List(host.RunscVersions)}. "
                + "Install that version beside the others, or use a host that has it.");
        }

        if (manifest.Platform != host.Platform)
        {
            return new(CheckpointRefusalKind.Platform,
                $"{which} was made on the platform {manifest.Platform}; this host runs {host.Platform}. Restore it on a host that runs {manifest.Platform}.");
        }

        if (manifest.CpuFeatures.Where(feature => !host.CpuFeatures.Contains(feature)).ToList() is { Count: > 0 } lacking)
        {
            return new(CheckpointRefusalKind.CpuFeatures,
                $"{which} may use processor features that this host lacks: {List(lacking)}. "
                + "Restore it on a host that has them, and level the features of the fleet for checkpoints to come.");
        }

        if (manifest.Layers.Select(layer => layer.Digest).Prepend(manifest.Template).Distinct().Where(host.MissingLayers.Contains).Select(layer => layer.ToString()).ToList() is { Count: > 0 } missing)
        {
            return new(CheckpointRefusalKind.TemplateMissing,
                $"{which} stands on files that are neither on this host nor in the store: {List(missing)}. Restore it on a host that has them, or bring those layers back into the store.");
        }

        if (!host.Agents.Contains(manifest.Agent))
        {
            return new(CheckpointRefusalKind.AgentVersion,
                $"{which} runs the guest agent {manifest.Agent}, which this host does not have. Restore it with the server that made it, or add that agent.");
        }

        return manifest.MemoryBytes + manifest.DiskBytes <= host.MostBytes
            ? null
            : new(CheckpointRefusalKind.Size,
                $"{which} needs {manifest.MemoryBytes + manifest.DiskBytes:N0} bytes of memory and disk; this host gives a sandbox {host.MostBytes:N0} at most. "
                + "Restore it on a larger host, or raise the limit.");
    }

    private static string List(IEnumerable<string> items) => items.Order(StringComparer.Ordinal).ToList() is { Count: > 0 } list ? string.Join(", ", list) : "none";
}

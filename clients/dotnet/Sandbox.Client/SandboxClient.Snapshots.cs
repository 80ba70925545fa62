using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Sandboxes.Files;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>The owner's snapshots.</content>
public sealed partial class SandboxClient
{
    /// <summary>The owner's snapshots, page by page as they are taken, without their layers.</summary>
    /// <param name="labels">Only those that carry all of these.</param>
    /// <param name="cancellationToken">Stops listing.</param>
    public async IAsyncEnumerable<Snapshot> ListSnapshotsAsync(
        IReadOnlyDictionary<string, string>? labels = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        do
        {
            var page = await _link.CallAsync<SnapshotListAnswer>("ListSnapshots", new ListRequest(after, Limit: null, labels), Repeat.Safe, cancellationToken);
            foreach (var snapshot in page.Snapshots) yield return snapshot;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>One snapshot, with its layers.</summary>
    /// <exception cref="NotFoundException">There is none of that name.</exception>
    public async Task<Snapshot> GetSnapshotAsync(string name, CancellationToken cancellationToken = default) =>
        (await _link.CallAsync<SnapshotAnswer>("DescribeSnapshot", new SnapshotRequest(name), Repeat.Safe, cancellationToken)).Snapshot;

    /// <summary>Gives a snapshot other labels in the place of all that it has.</summary>
    public async Task<Snapshot> LabelSnapshotAsync(string name, IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken = default) =>
        (await _link.CallAsync<SnapshotAnswer>("LabelSnapshot", new SnapshotRequest(name) { Labels = labels }, Repeat.Safe, cancellationToken)).Snapshot;

    /// <summary>Gives a snapshot another name; what stands on it goes on standing on it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="to">The name that it gets.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="ConflictException">There is one of that name.</exception>
    public async Task<Snapshot> RenameSnapshotAsync(string name, string to, CancellationToken cancellationToken = default) =>
        (await _link.CallAsync<SnapshotAnswer>("RenameSnapshot", new SnapshotRequest(name) { To = to }, Repeat.Never, cancellationToken)).Snapshot;

    /// <summary>Deletes a snapshot.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cascade">Whether the snapshots that stand on it go too; sandboxes from it go on in any case.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="ConflictException">Something depends on it.</exception>
    public Task DeleteSnapshotAsync(string name, bool cascade = false, CancellationToken cancellationToken = default) =>
        _link.CallAsync<SnapshotAnswer>("DeleteSnapshot", new SnapshotRequest(name) { Cascade = cascade }, Repeat.Never, cancellationToken);

    /// <summary>Writes a snapshot as an OCI image layout in a tar, over HTTP. What was written is of no use when it fails.</summary>
    public async Task ExportSnapshotAsync(string name, Stream destination, CancellationToken cancellationToken = default)
    {
        using var response = await _link.SendHttpAsync(HttpMethod.Get, $"v1/snapshots/{Uri.EscapeDataString(name)}/export", content: null, cancellationToken);
        await response.Content.CopyToAsync(destination, cancellationToken);
    }

    /// <summary>Makes a snapshot of an OCI image layout in a tar (such as <c>skopeo copy ... oci-archive:FILE</c> writes), over HTTP.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">The tar, read once.</param>
    /// <param name="labels">Labels to find it by.</param>
    /// <param name="overwrite">Whether one of that name is replaced.</param>
    /// <param name="progress">Told how many bytes were sent, on any thread.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    public async Task<Snapshot> ImportSnapshotAsync(
        string name, Stream source, IReadOnlyDictionary<string, string>? labels = null, bool overwrite = false, Action<FileProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var query = string.Concat((labels ?? new Dictionary<string, string>()).Select(pair => $"&label={Uri.EscapeDataString($"{pair.Key}={pair.Value}")}"));
        var path = $"v1/snapshots/{Uri.EscapeDataString(name)}/import?overwrite={(overwrite ? "true" : "false")}{query}";
        return (await ImportAsync<SnapshotAnswer>(path, source, progress, cancellationToken)).Snapshot;
    }

    private async Task<T> ImportAsync<T>(string path, Stream source, Action<FileProgress>? progress, CancellationToken cancellationToken)
    {
        using var content = new StreamContent(new CountedStream(source, done => progress?.Invoke(new FileProgress(done, null))));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        using var response = await _link.SendHttpAsync(HttpMethod.Post, path, content, cancellationToken);
        return JsonSerializer.Deserialize<T>(await response.Content.ReadAsByteArrayAsync(cancellationToken), WireJson.Options)!;
    }
}

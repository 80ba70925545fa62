using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>Snapshots.</content>
public sealed partial class Sandbox
{
    private static readonly TimeSpan SnapshotTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Takes a snapshot of its files, while its programs go on. It needs a key of its owner.</summary>
    /// <param name="name"><c>[a-z0-9][a-z0-9-]{0,39}</c>.</param>
    /// <param name="labels">Labels to find it by.</param>
    /// <param name="overwrite">Whether one of that name is replaced.</param>
    /// <param name="consistent">
    /// Whether all files are of one moment, and none changed meanwhile: a copy of the sandbox in which nothing runs is walked. Without it files are read while
    /// the programs write, which costs no room for a copy.
    /// </param>
    /// <param name="cancellationToken">Gives the call up; it may have been taken.</param>
    /// <exception cref="ConflictException">There is one of that name.</exception>
    /// <exception cref="UnavailableException">The host has no room for the copy.</exception>
    /// <exception cref="UnknownOutcomeException">The answer was lost: <see cref="SandboxClient.GetSnapshotAsync"/> tells.</exception>
    public Task<TakenSnapshot> SnapshotAsync(
        string name, IReadOnlyDictionary<string, string>? labels = null, bool overwrite = false, bool consistent = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var request = new SnapshotRequest(name) { Id = Id, Token = Token, Labels = labels, Overwrite = overwrite, Consistent = consistent };
        return _link.CallAsync<TakenSnapshot>("CreateSnapshot", request, Repeat.Never, cancellationToken, SnapshotTimeout);
    }
}

using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Hosting;

/// <summary>The stored checkpoints, of which every host sees the same. A key is a grain's, <c>{owner}/{id}</c>.</summary>
public interface ICheckpointStore
{
    /// <summary>Those of a sandbox, oldest first. Reads a listing alone.</summary>
    Task<CheckpointDescription[]> ListAsync(string key, CancellationToken cancellationToken);

    /// <summary>Makes a checkpoint of one sandbox one of another's too, without a copy of its bytes.</summary>
    Task<Outcome<CheckpointDescription>> CopyAsync(string fromKey, string checkpointId, string toKey, CancellationToken cancellationToken);

    /// <summary>Deletes one. Deleting what is not there changes nothing.</summary>
    Task DeleteAsync(string key, string checkpointId, CancellationToken cancellationToken);

    /// <summary>Deletes those without a label that are older than the newest so many. The needed one stays, and does not count.</summary>
    Task RetainAsync(string key, int keep, string needed, CancellationToken cancellationToken);

    /// <summary>Deletes all of a sandbox.</summary>
    Task DeleteAllAsync(string key, CancellationToken cancellationToken);
}

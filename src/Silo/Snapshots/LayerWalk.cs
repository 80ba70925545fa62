using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Snapshots;

/// <summary>Takes what programs of a sandbox have written as the tar of a layer, while they go on.</summary>
internal static class LayerWalk
{
    /// <summary>Walks it.</summary>
    /// <param name="link">The sandbox.</param>
    /// <param name="layer">Takes the tar.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the walk tells of.</returns>
    /// <exception cref="LinkException">The sandbox has ended.</exception>
    /// <exception cref="LayerException">Its files are no layer.</exception>
    /// <exception cref="IOException">The disk is full, or fails; or what came breaks the form.</exception>
    public static async Task<Outcome<WalkRecords>> RunAsync(GuestLink link, LayerIntake layer, CancellationToken cancellationToken)
    {
        using var work = link.StartWork(new WorkRequest(WorkKind.Layer, ReadOnlyMemory<byte>.Empty));
        if (work is null) return Refusal.Answer<WalkRecords>(Refusal.Unavailable("The sandbox has too much work on its files going on. Try again."));
        var records = new WalkRecords();
        await foreach (var bytes in work.ReadAsync(cancellationToken))
        {
            foreach (var tar in records.Take(bytes)) await layer.WriteAsync(tar, cancellationToken);
        }

        var end = await work.Done;
        return end.Error == 0 && !end.Killed && records.IsWhole
            ? Refusal.Answer(records)
            : Refusal.Answer<WalkRecords>(Refusal.Unavailable($"The sandbox's files could not be walked (error {end.Error}{(end.Killed ? ", killed" : "")}); it goes on."));
    }
}

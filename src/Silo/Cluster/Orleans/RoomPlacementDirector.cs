using Orleans.Runtime.Placement;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Cluster.Rooms;

namespace Sandbox.Silo.Cluster;

/// <summary>
/// Where the grains of sandboxes and one-offs are activated. A sandbox that lives goes to its holder, which its head names, unless that one is letting its
/// sandboxes go; a one-off to the host that was called, if it fits there; all else where most is free.
/// </summary>
/// <remarks>The board and the heads are there once the machine is ready, and no grain is placed before.</remarks>
internal sealed partial class RoomPlacementDirector(IServiceProvider services, ILogger<RoomPlacementDirector> logger) : IPlacementDirector
{
    private static readonly GrainType _sandbox = GrainType.Create("sandbox");
    private static readonly TimeSpan _headWithin = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return hint;
        var board = services.GetRequiredService<RoomBoard>();
        if (target.GrainIdentity.Type != _sandbox)
        {
            if (silos.Contains(context.LocalSilo) && board.FitsHere()) return context.LocalSilo;
        }
        else if (await HolderAsync(target.GrainIdentity, silos) is { } holder && !board.Drains(holder.ToParsableString()))
        {
            return holder;
        }

        var byAddress = silos.ToDictionary(silo => silo.ToParsableString(), StringComparer.Ordinal);
        return byAddress[board.Place([.. byAddress.Keys])];
    }

    private async Task<SiloAddress?> HolderAsync(GrainId grain, SiloAddress[] silos)
    {
        var key = grain.Key.ToString()!;
        try
        {
            using var late = new CancellationTokenSource(_headWithin);
            var stored = await services.GetRequiredService<HeadStore>().ReadAsync(SandboxKey.Parse(key), late.Token);
            return stored?.Head is { IsHeld: true, Address: { } address }
                ? Array.Find(silos, silo => string.Equals(silo.ToParsableString(), address, StringComparison.Ordinal))
                : null;
        }
        catch (Exception e)
        {
            // Whoever gets it finds out the same way who holds it, and says what is wrong with the store.
            LogNoHead(e, key);
            return null;
        }
    }

    [LoggerMessage(282, LogLevel.Warning, "The head of {Sandbox} cannot be read, to place its grain with its holder")]
    private partial void LogNoHead(Exception exception, string sandbox);
}

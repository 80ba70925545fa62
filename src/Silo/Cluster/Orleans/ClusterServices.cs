using Sandbox.Grains.Hosting;
using Sandbox.Silo.Cluster.Rooms;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Hosting;

namespace Sandbox.Silo.Cluster;

/// <summary>What a silo has beside that is one of several.</summary>
internal static class ClusterServices
{
    /// <summary>Adds it.</summary>
    public static void AddClusterServices(this IServiceCollection services)
    {
        services.AddSingleton<RoomMeter>();
        services.AddSingleton(provider => new RoomBoard(
            provider.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString(), provider.GetRequiredService<RoomMeter>().Read,
            provider.GetRequiredService<RoomMeter>().Usual, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IHostRooms, HostRooms>();
        services.AddSingleton<HostServices>();
        services.AddSingleton<IHolderCalls>(provider => provider.GetRequiredService<HostServices>());
        services.AddSingleton<RoomReporter>();
        services.AddSingleton<IDrainAnnouncement>(provider => provider.GetRequiredService<RoomReporter>());
        services.AddHostedService(provider => provider.GetRequiredService<RoomReporter>());
        services.AddGrainService<HostGrainService>();

        // In the place of Orleans' own: no grain but those of sandboxes and one-offs asks for it.
        services.AddPlacementDirector<PreferLocalPlacement, RoomPlacementDirector>();
        services.AddSingleton<IFatalErrorHandler, FencedSilo>();
    }
}

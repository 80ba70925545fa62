using Orleans.Runtime.Services;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Cluster;

/// <summary>Reaches the services of other hosts, by their addresses.</summary>
internal sealed class HostServices(IServiceProvider services, IClusterMembershipService members) : GrainServiceClient<IHostService>(services), IHolderCalls
{
    /// <summary>The other silos that take part now.</summary>
    public IEnumerable<SiloAddress> Others(SiloAddress self) =>
        members.CurrentSnapshot.Members.Values.Where(member => member.Status is SiloStatus.Active && !member.SiloAddress.Equals(self)).Select(member => member.SiloAddress);

    /// <summary>The service of a silo.</summary>
    public IHostService Of(SiloAddress silo) => GetGrainService(silo);

    /// <inheritdoc/>
    public async Task AskAsync(SandboxKey key, string address, long epoch, CancellationToken cancellationToken)
    {
        if (Find(address) is { } holder) await Of(holder).LetGoAsync(key.ToString(), epoch).WaitAsync(cancellationToken);
    }

    /// <summary>The silo of an address in a head; null when it does not take part, or not in this life.</summary>
    public SiloAddress? Find(string? address) => address is null
        ? null
        : members.CurrentSnapshot.Members.Values.FirstOrDefault(member =>
            member.Status is SiloStatus.Active or SiloStatus.ShuttingDown && string.Equals(member.SiloAddress.ToParsableString(), address, StringComparison.Ordinal))?.SiloAddress;
}

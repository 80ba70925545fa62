using Orleans.Concurrency;

namespace Sandbox.Grains.Hosting;

/// <summary>Says to a gateway that runs alone whether the hosts behind it can execute. Its key means nothing; it has no state.</summary>
[Alias("readiness")]
public interface IReadinessGrain : IGrainWithStringKey
{
    /// <summary>Asks whichever host is called.</summary>
    [AlwaysInterleave, Alias("check")]
    Task<HostReadiness> CheckAsync();
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Tests.Holding;

/// <summary>A host of a test: its own clock, and its own way to the store.</summary>
internal sealed class TestHost
{
    public TestHost(MemoryBlobs blobs, StepLoop loop, string name, TimeSpan ahead = default, Func<MemoryBlobs.Fault>? fault = null)
    {
        Name = name;
        Time = new SleepyTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + ahead);
        Blobs = blobs.For(loop, name, fault is null ? () => Fault : fault);
        Leases = new HeadLeases(
            new HeadStore(Blobs), HolderId.New(name), $"https://{name}", Options.Create(new LeaseOptions()), Time, NullLogger<HeadLeases>.Instance);
    }

    public string Name { get; }

    public SleepyTime Time { get; }

    public Sandbox.Grains.Storage.IBlobStore Blobs { get; }

    public MemoryBlobs.Fault Fault { get; set; }

    public HeadLeases Leases { get; }
}

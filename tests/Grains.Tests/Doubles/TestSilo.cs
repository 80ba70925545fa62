using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Orleans.Storage;
using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Grains.Storage;
#if ORLEANS
using Sandbox.Silo.Cluster;
#endif

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>A silo of the engine that was chosen, over a scripted host and a store in memory. What it leaves in them outlives it.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly IHost _silo;

    private TestSilo(IHost silo, ScriptedHost host, MemoryBlobStore blobs, FakeTimeProvider? clock) =>
        (_silo, Host, Blobs, Clock) = (silo, host, blobs, clock);

    public ScriptedHost Host { get; }

    public MemoryBlobStore Blobs { get; }

    public FakeTimeProvider? Clock { get; }

    public IClusterClient Client => _silo.Services.GetRequiredService<IClusterClient>();

    public SandboxRecovery Recovery =>
        new(Blobs, Client, (TimeProvider?)Clock ?? TimeProvider.System, NullLogger<SandboxRecovery>.Instance);

    /// <summary>A silo.</summary>
    /// <param name="fakeClock">Whether the time of sandboxes stands still until the test moves it.</param>
    /// <param name="collectAfter">After how long idle grains go; null for the engine's default.</param>
    /// <param name="before">The silo whose host and store this one goes on with.</param>
    /// <param name="on">The host, if it is to be another.</param>
    public static async Task<TestSilo> StartAsync(bool fakeClock = false, TimeSpan? collectAfter = null, TestSilo? before = null, ScriptedHost? on = null)
    {
        var clock = fakeClock ? before?.Clock ?? new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)) : null;
        var time = (TimeProvider?)clock ?? TimeProvider.System;
        var host = on ?? before?.Host ?? new ScriptedHost();
        var blobs = before?.Blobs ?? new MemoryBlobStore(time);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        if (clock is not null) builder.Services.AddSingleton(new SandboxClock(clock));
        builder.Services.AddSingleton<ISandboxHost>(host);
        builder.Services.AddSingleton<IBlobStore>(blobs);
        builder.Services.AddKeyedSingleton<IGrainStorage>(SandboxRecord.StorageName, (_, _) => new BlobStateStorage(blobs));
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FreePort(), gatewayPort: 0);
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddMemoryStreams(SandboxStreams.Provider, streams => streams.ConfigurePartitioning(1));
#if ORLEANS
            silo.AddOutgoingGrainCallFilter(new RejectedCalls(TimeProvider.System)); // The clock of sandboxes may stand still.
#endif
            if (collectAfter is not { } age) return;
            silo.Configure<GrainCollectionOptions>(options =>
            {
                options.CollectionQuantum = TimeSpan.FromSeconds(1);
                options.CollectionAge = age;
            });
        });
        var built = builder.Build();
        await built.StartAsync(TestContext.Current.CancellationToken);
        return new TestSilo(built, host, blobs, clock);
    }

    public ISandboxGrain Sandbox(string key) => Client.GetGrain<ISandboxGrain>(key);

    public ISandboxListGrain List(string owner) => Client.GetGrain<ISandboxListGrain>(owner);

    public async ValueTask DisposeAsync()
    {
        await _silo.StopAsync();
        _silo.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>The engine of one host: what all its parts share. There is nothing static; several hosts in one process know nothing of each other.</summary>
internal sealed partial class Engine
{
    private int _state;

    public Engine(
        IServiceProvider services, IOptions<GrainCollectionOptions> collection, IOptions<SiloMessagingOptions> messaging, TimeProvider time,
        ILogger<Engine> logger)
    {
        Services = services;
        Collection = collection.Value;
        Messaging = messaging.Value;
        Time = time;
        Logger = logger;
        Copiers = new CopierTable();
        Classes = new GrainClassTable(Collection);
        Activations = new ActivationTable(this);
        References = new GrainReferences(this);
    }

    public IServiceProvider Services { get; }

    public GrainCollectionOptions Collection { get; }

    public SiloMessagingOptions Messaging { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public CopierTable Copiers { get; }

    public GrainClassTable Classes { get; }

    public ActivationTable Activations { get; }

    public GrainReferences References { get; }

    public void Start() => Volatile.Write(ref _state, 1);

    public void Stop() => Volatile.Write(ref _state, 2);

    /// <summary>Cancels; what the callbacks on its token throw is logged, since it is not the canceller's.</summary>
    public void Cancel(CancellationTokenSource source, GrainId grain)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException exception)
        {
            LogCallbackFailed(Logger, exception, grain);
        }
    }

    public void ThrowIfNotRunning()
    {
        switch (Volatile.Read(ref _state))
        {
            case 0:
                throw new SiloUnavailableException("The host has not started its grains yet. Call grains once IHost.StartAsync is done.");
            case 2:
                throw new SiloUnavailableException("The host stops; it activates no more grains.");
        }
    }
}

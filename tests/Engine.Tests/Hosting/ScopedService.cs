namespace Sandbox.Engine.Tests.Hosting;

/// <summary>A service of which each activation has its own.</summary>
internal sealed class ScopedService(IGrainContext context, Probe probe) : IDisposable
{
    private readonly string _key = context.GrainId.Key.ToString()!;

    public string Key => _key;

    public void Dispose() => probe.Record(_key, "service disposed");
}

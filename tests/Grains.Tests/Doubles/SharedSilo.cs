[assembly: AssemblyFixture(typeof(Sandbox.Grains.Tests.Doubles.SharedSilo))]

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>One silo with the time of day, for all tests that need nothing special; each uses keys of its own.</summary>
public sealed class SharedSilo : IAsyncLifetime
{
    internal TestSilo Silo { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Silo = await TestSilo.StartAsync();

    public ValueTask DisposeAsync() => Silo.DisposeAsync();
}

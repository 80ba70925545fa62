using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

/// <summary>What is kept ready beside the pool's sandboxes.</summary>
public sealed class StandbyTests
{
    [Fact(Timeout = 30_000)]
    public async Task One_that_can_never_be_made_ends_when_it_is_to()
    {
        await using var pool = new WarmPool<StartedSandbox>(
            new NoFactory(), Options.Create(new PoolOptions { Size = 0 }), TimeProvider.System, NullLogger<WarmPool<StartedSandbox>>.Instance);
        using var stop = new CancellationTokenSource();
        var tries = 0;

        // As a layer that is gone: it says so whether or not anybody still wants it.
        var standby = new Standby<MemoryStream>(
            pool,
            _ => Task.FromException<MemoryStream>(new IOException("It is gone.")),
            _ => Task.CompletedTask,
            TimeProvider.System,
            (_, _) =>
            {
                if (++tries == 2) stop.Cancel();
                if (tries > 10) throw new InvalidOperationException("It goes on for ever.");
            });
        await Task.Run(() => standby.KeepAsync(stop.Token), TestContext.Current.CancellationToken);
        Assert.Equal(2, tries);
    }

    private sealed class NoFactory : ISandboxFactory<StartedSandbox>
    {
        public Task<StartedSandbox> StartAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("Nothing is kept ready.");
    }
}

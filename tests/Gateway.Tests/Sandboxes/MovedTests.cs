using System.Text;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Sandboxes;

/// <summary>Sandboxes that go on at another host: whoever calls does not notice.</summary>
public sealed class MovedTests
{
    private const int Deadline = 60_000;

    [Fact(Timeout = Deadline)]
    public async Task Calls_and_readings_go_on_where_the_sandbox_goes_on()
    {
        await using var server = await GatewayServer.StartAsync();
        await using var hub = await HubClient.ConnectAsync(server);
        var rooms = new Rooms();
        server.Host.Rooms = rooms;

        rooms.Elsewhere = 2;
        var (id, live) = await hub.CreateAsync(server);
        Assert.Equal(0, rooms.Elsewhere);
        var process = await hub.StartAsync(id, live);
        process.Write("kept");

        await hub.CallAsync("SuspendSandbox", new { id });
        rooms.Elsewhere = 2;
        await hub.CallAsync("StartProcess", new { sandboxId = id, processId = "second", argv = new[] { "true" } });
        Assert.Equal(0, rooms.Elsewhere);

        await hub.CallAsync("SuspendSandbox", new { id });
        rooms.Elsewhere = 3;
        await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r", channel = "stdout", follow = false }))
        {
            if (item.GetProperty("type").GetString() is "data") Assert.Equal("kept", Encoding.UTF8.GetString(item.Data()));
        }

        Assert.Equal(0, rooms.Elsewhere);
        await hub.CallAsync("SuspendSandbox", new { id });
        rooms.Elsewhere = 1;
        Assert.Equal(2, (await hub.CallAsync("ForkSandbox", new { id, count = 2 })).GetProperty("sandboxes").GetArrayLength());
        Assert.Equal(0, rooms.Elsewhere);
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_is_sent_on_for_ever_is_unavailable()
    {
        await using var server = await GatewayServer.StartAsync();
        await using var hub = await HubClient.ConnectAsync(server);
        server.Host.Rooms = new Rooms { Elsewhere = int.MaxValue };
        var error = await hub.FailAsync("unavailable", "CreateSandbox", new { id = "nowhere" });
        Assert.Equal(1, error.GetProperty("retryAfter").GetDouble());
        Assert.Equal(0, server.Host.LiveCount);
    }

    /// <summary>Says so many times that another host is better.</summary>
    private sealed class Rooms : IHostRooms
    {
        private int _elsewhere;

        public int Elsewhere
        {
            get => Volatile.Read(ref _elsewhere);
            set => Volatile.Write(ref _elsewhere, value);
        }

        public HostReadiness Readiness => new(true, null);

        public bool IsElsewhere(SandboxSpec spec)
        {
            if (Elsewhere == 0) return false;
            Interlocked.Decrement(ref _elsewhere);
            return true;
        }

        public void SendElsewhere(IGrainContext grain, SandboxSpec spec) => grain.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "There is room elsewhere."));
    }
}

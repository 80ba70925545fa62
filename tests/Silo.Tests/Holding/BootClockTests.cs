using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Tests.Holding;

public sealed class BootClockTests
{
    [Fact]
    public void Its_timestamps_are_nanoseconds_since_the_boot()
    {
        var clock = new BootClock(TimeProvider.System);
        var uptime = File.ReadAllText("/proc/uptime").Split(' ')[0];
        var since = TimeSpan.FromSeconds(double.Parse(uptime, System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(clock.GetElapsedTime(0) - since, TimeSpan.FromSeconds(-0.02), TimeSpan.FromMinutes(1));
    }
}

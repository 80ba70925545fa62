using Microsoft.Extensions.Time.Testing;

namespace Sandbox.Silo.Tests.Holding;

/// <summary>A clock whose timestamps can run ahead of its timers, as they do in the first moment of a process that was stopped.</summary>
internal sealed class SleepyTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    public TimeSpan Slept { get; set; }

    public override long GetTimestamp() => base.GetTimestamp() + (long)(Slept.TotalSeconds * TimestampFrequency);
}

using System.Diagnostics;

namespace Sandbox.Bench;

/// <summary>One thing done by several clients at once, as often as it goes, for a while.</summary>
internal sealed record Load(int Clients, double PerSecond, Sample Latency, int Errors)
{
    public static async Task<Load> RunAsync(int clients, TimeSpan length, Func<Task> thing)
    {
        var times = new List<double>();
        var errors = 0;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(ClientAsync)));
        return new Load(clients, times.Count / Stopwatch.GetElapsedTime(began).TotalSeconds, Sample.Of(times), errors);

        async Task ClientAsync()
        {
            while (Stopwatch.GetElapsedTime(began) < length)
            {
                var start = Stopwatch.GetTimestamp();
                try
                {
                    await thing();
                    var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    lock (times) times.Add(elapsed);
                }
                catch (HttpRequestException)
                {
                    Interlocked.Increment(ref errors);
                }
            }
        }
    }
}

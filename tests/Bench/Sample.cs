using System.Diagnostics;

namespace Sandbox.Bench;

/// <summary>Times of one thing done many times, in milliseconds, sorted.</summary>
internal sealed class Sample
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);
    private readonly double[] _sorted;

    private Sample(IEnumerable<double> milliseconds) => _sorted = [.. milliseconds.Order()];

    public double Median => At(0.5);

    public int Count => _sorted.Length;

    public double At(double quantile) => _sorted[Math.Clamp((int)Math.Ceiling(quantile * _sorted.Length) - 1, 0, _sorted.Length - 1)];

    public static Sample Of(IEnumerable<double> milliseconds) => new(milliseconds);

    /// <summary>
    /// Does each thing in turn, round by round, so that all of them see the same machine; the first rounds do not count. A pause before each
    /// lets what the one before left behind (a container that is removed, a pool that refills) come to its end.
    /// </summary>
    public static async Task<Sample[]> InTurnAsync(int rounds, params Func<Task>[] things)
    {
        const int warmUp = 3;
        var times = things.Select(_ => new List<double>()).ToArray();
        for (var round = -warmUp; round < rounds; round++)
        {
            for (var i = 0; i < things.Length; i++)
            {
                await Task.Delay(_pause);
                var began = Stopwatch.GetTimestamp();
                await things[i]();
                if (round >= 0) times[i].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return [.. times.Select(Of)];
    }
}

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>How long to wait before Cloud Storage is asked again.</summary>
internal static class GcsBackoff
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(8);

    /// <summary>The pause after a failure, or null when it would end beyond the patience.</summary>
    /// <param name="failures">How many there were before this one without any progress.</param>
    /// <param name="elapsed">Since the first attempt, or the last progress.</param>
    /// <param name="patience">How long to go on.</param>
    /// <param name="asked">What the answer asks to wait at least, or null.</param>
    /// <param name="chance">Evenly distributed from 0 to 1: the pause is between half and the whole of its length, so that many callers do not come back together.</param>
    public static TimeSpan? Pause(int failures, TimeSpan elapsed, TimeSpan patience, TimeSpan? asked, double chance)
    {
        var whole = _first * Math.Pow(2, Math.Min(failures, 10));
        var pause = (whole < _longest ? whole : _longest) * (0.5 + (chance / 2));
        if (asked > pause) pause = asked.Value;
        return elapsed + pause <= patience ? pause : null;
    }
}

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>Waits between the attempts of one piece of work, and gives up in time.</summary>
internal sealed class GcsPatience(TimeSpan patience, TimeProvider time)
{
    private long _since = time.GetTimestamp();
    private int _failures;

    /// <summary>Something was got done: the patience begins again.</summary>
    public void Renew() => (_since, _failures) = (time.GetTimestamp(), 0);

    /// <summary>Waits after an attempt that failed for now.</summary>
    /// <exception cref="GcsException">The patience is at its end: what the attempt failed with.</exception>
    public async Task WaitAsync(GcsReply failed, CancellationToken cancellationToken)
    {
        var pause = GcsBackoff.Pause(_failures++, time.GetElapsedTime(_since), patience, failed.RetryAfter, Random.Shared.NextDouble());
        await Task.Delay(pause ?? throw failed.Transient!, time, cancellationToken);
    }
}

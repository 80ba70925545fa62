namespace Orleans.Runtime;

/// <summary>The enumerations that run in one activation. Used in its turns only.</summary>
internal sealed class EnumerationTable
{
    private readonly HashSet<GrainEnumeration> _running = [];

    public EnumerationTable(Activation activation)
    {
        // Whoever forgot to dispose an enumeration has not asked for its next item since the last sweep.
        var period = activation.Engine.Messaging.ResponseTimeout;
        _ = new GrainTimer(
            activation, _ => SweepAsync(), new GrainTimerCreationOptions { DueTime = period, Period = period, Interleave = true });
    }

    public void Add(GrainEnumeration enumeration) => _running.Add(enumeration);

    public void Remove(GrainEnumeration enumeration) => _running.Remove(enumeration);

    public Task EndAllAsync() => Task.WhenAll(_running.ToList().Select(enumeration => enumeration.EndAsync()));

    private Task SweepAsync()
    {
        var forgotten = _running.Where(enumeration => enumeration is { Used: false, Busy: false }).ToList();
        foreach (var enumeration in _running) enumeration.Used = false;
        return Task.WhenAll(forgotten.Select(enumeration => enumeration.EndAsync()));
    }
}

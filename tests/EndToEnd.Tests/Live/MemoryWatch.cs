namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Watches how much memory processes have, from its making on.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    private readonly int[] _processes;
    private readonly long[] _before;
    private readonly long[] _most;
    private readonly Timer _timer;

    public MemoryWatch(params int[] processes)
    {
        _processes = processes;
        _before = [.. processes.Select(ResidentBytes)];
        _most = [.. _before];
        _timer = new Timer(_ => Look(), null, Every, Every);
    }

    /// <summary>The most that each has had more than at the beginning.</summary>
    public long[] GrownMegabytes
    {
        get
        {
            Look();
            lock (_most) return [.. _most.Zip(_before, (most, before) => (most - before) >> 20)];
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_most)
        {
            for (var i = 0; i < _processes.Length; i++) _most[i] = Math.Max(_most[i], ResidentBytes(_processes[i]));
        }
    }

    private static long ResidentBytes(int process) =>
        long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}

namespace Sandboxes.Cli.Terminal;

/// <summary>Says on the terminal that the connection is away, once it has been for a moment, and when it is back.</summary>
internal sealed class ConnectionNotice : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private bool _away;
    private bool _told;

    public ConnectionNotice() => _timer = new Timer(_ => Tell(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Whether there is anything on the terminal that a notice belongs to.</summary>
    public bool Shown { get; set; }

    public void On(ConnectionChange change)
    {
        lock (_gate)
        {
            _away = !change.Connected;
            _timer.Change(_away ? Patience : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_away || !_told) return;
            _told = false;
            Print("connected again");
        }
    }

    public void Dispose() => _timer.Dispose();

    private static void Print(string text) => Console.Error.Write($"\r\n[sandbox: {text}]\r\n");

    private void Tell()
    {
        lock (_gate)
        {
            if (!_away || _told || !Shown) return;
            _told = true;
            Print("the connection is lost and will come back; Enter ~. leaves");
        }
    }
}

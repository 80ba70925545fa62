using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sandboxes.Wire;

namespace Sandboxes.Hub;

/// <summary>
/// The connection to a hub, which comes back by itself. One task owns it and makes it again; calls and streams wait for the next
/// connection by number. SignalR's own reconnection is off, because it does not say which calls were lost and cannot retry the first connection.
/// </summary>
internal sealed partial class HubLink : IAsyncDisposable
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(20);

    private readonly HubConnection _connection;
    private readonly Uri _address;
    private readonly SandboxClientOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;
    private Func<SandboxException>? _failure;
    private int _connections;
    private bool _up;

    public HubLink(Uri server, SandboxClientOptions options)
    {
        _address = HubAddress.Of(server);
        _options = options;
        _logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Sandboxes.Client");
        var builder = new HubConnectionBuilder().WithUrl(_address, Configure);
        builder.Services.AddSingleton(options.LoggerFactory ?? NullLoggerFactory.Instance);
        _connection = builder.AddJsonProtocol(json => WireJson.Configure(json.PayloadSerializerOptions)).Build();
        _connection.Closed += cause =>
        {
            Volatile.Read(ref _closed).TrySetResult(cause);
            return Task.CompletedTask;
        };
    }

    /// <summary>The clock of everything on this connection.</summary>
    public TimeProvider Time => _options.TimeProvider;

    /// <summary>How long the way back may take.</summary>
    public TimeSpan ReconnectTimeout => _options.ReconnectTimeout;

    /// <summary>Places for waits for programs: the server has 192 on a connection, and the rest is for starts and input.</summary>
    public SemaphoreSlim Waits { get; } = new(96);

    /// <summary>Connects for the first time.</summary>
    /// <exception cref="SandboxException">It cannot be reached, or refuses.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _running ??= RunAsync();
        await ConnectedAsync(after: 0, cancellationToken);
    }

    /// <summary>Waits for a connection behind a given one, and gives its number.</summary>
    public async ValueTask<int> ConnectedAsync(int after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_ending.IsCancellationRequested, typeof(SandboxClient));
                if (_failure is not null) throw _failure();
                if (_up && _connections > after) return _connections;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested) return;
        await _ending.CancelAsync();
        Change(() => _up = false);
        await _connection.DisposeAsync();
        _http.Dispose();
        _closed.TrySetResult(null);
        if (_running is not null) await _running;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Configure(HttpConnectionOptions http)
    {
        var (key, provider) = (_options.ApiKey, _options.AccessTokenProvider);
        if (key is not null && provider is not null) throw new InvalidOperationException("Give either ApiKey or AccessTokenProvider, not both.");
        if (provider is not null) http.AccessTokenProvider = () => provider(_ending.Token).AsTask();
        else if (key is not null) http.AccessTokenProvider = () => Task.FromResult<string?>(key);
        foreach (var (name, value) in _options.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal)) http.Headers[name] = value;
    }

    private async Task RunAsync()
    {
        try
        {
            Exception? cause = null;
            while (true)
            {
                var closed = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
                Volatile.Write(ref _closed, closed);
                await OpenAsync(cause);
                Change(() => (_up, _connections) = (true, _connections + 1));
                LogConnected(_address, _connections);
                _options.OnConnection?.Invoke(new ConnectionChange(Connected: true, _connections, Cause: null));
                cause = await closed.Task;
                Change(() => _up = false);
                if (_ending.IsCancellationRequested) return;
                LogLost(_address, cause);
                _options.OnConnection?.Invoke(new ConnectionChange(Connected: false, _connections, cause));
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // Disposed: ConnectedAsync says so to whoever waits.
        }
        catch (SandboxException e)
        {
            Change(() => _failure = () => e is PermissionException
                ? new PermissionException(e.Code, e.Message, e)
                : new UnavailableException(e.Code, e.Message, cause: e));
        }
        catch (Exception e)
        {
            // Nothing else may end this task unseen: everybody would wait for ever.
            Change(() => _failure = () => new UnavailableException(ErrorCode.Unavailable, $"The connection to {_address} cannot be kept: {e.Message}", cause: e));
        }
    }

    private async Task OpenAsync(Exception? cause)
    {
        var first = _connections == 0;
        var limit = first ? _options.ConnectTimeout : _options.ReconnectTimeout;
        var began = Time.GetTimestamp();
        var backoff = new Backoff();
        while (true)
        {
            // The very first attempt has nothing to be patient about.
            if (!first || backoff.Attempts > 0) await Task.Delay(backoff.Next(), Time, _ending.Token);
            else _ = backoff.Next();
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            using var deadline = new CancellationTokenSource(AttemptTimeout, Time);
            await using var link = deadline.Token.Register(attempt.Cancel);
            try
            {
                await _connection.StartAsync(attempt.Token);
                return;
            }
            catch (Exception e) when (!_ending.IsCancellationRequested)
            {
                if (LossOf.Permanent(e, _address, first) is { } permanent) throw permanent;
                if (Time.GetElapsedTime(began) >= limit) throw Unreachable(e, first, cause);
                LogAttempt(_address, e.Message);
            }
        }
    }

    private UnavailableException Unreachable(Exception last, bool first, Exception? cause) => new(
        ErrorCode.Unavailable,
        first
            ? $"{_address} cannot be reached ({last.Message}): check the address, and that the server is running."
            : $"The connection to {_address} was lost{(cause is null ? "" : $" ({cause.Message})")} and could not be made again within "
                + $"{_options.ReconnectTimeout.TotalSeconds} s: {last.Message}",
        cause: last);

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            changed = _changed;
            _changed = NewSignal();
        }

        changed.TrySetResult();
    }

    [LoggerMessage(1, LogLevel.Information, "Connected to {Address} (connection {Number})")]
    private partial void LogConnected(Uri address, int number);

    [LoggerMessage(2, LogLevel.Warning, "The connection to {Address} was lost")]
    private partial void LogLost(Uri address, Exception? cause);

    [LoggerMessage(3, LogLevel.Debug, "{Address} could not be reached: {Message}")]
    private partial void LogAttempt(Uri address, string message);
}

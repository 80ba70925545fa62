using Microsoft.Extensions.Logging;

namespace Sandboxes;

/// <summary>How to reach a server.</summary>
public sealed record SandboxClientOptions
{
    /// <summary>An API key. Left out: none, which a server on the loopback interface may allow, or a sandbox's token does instead.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Gives the bearer token of each new connection, instead of a fixed <see cref="ApiKey"/>: for tokens that expire.</summary>
    public Func<CancellationToken, ValueTask<string?>>? AccessTokenProvider { get; init; }

    /// <summary>How long the first connection may take, with its retries. Zero means one attempt.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a lost connection is sought again before calls and streams fail with <see cref="UnavailableException"/>.</summary>
    public TimeSpan ReconnectTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a call may take, a reconnection in the middle included, before it fails with <see cref="CallTimeoutException"/>.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>More headers, such as a proxy's.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Told whenever the connection is made or lost, for displays: nothing needs to be done about it. Must not block or throw.</summary>
    public Action<ConnectionChange>? OnConnection { get; init; }

    /// <summary>Where the connection's life is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock of timeouts and pauses.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

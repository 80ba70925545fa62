using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sandbox.Gateway.Access;

/// <summary>Says at start what an operator should know about who may connect.</summary>
internal sealed partial class AccessWarnings(IOptions<AccessOptions> options, ILogger<AccessWarnings> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.TrustedProxy is { } proxy) LogTrustedProxy(logger, string.Join(", ", proxy.Proxies), proxy.Header);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "Whoever connects from {Proxies} is believed to be whom the header {Header} names. "
        + "Make sure that only the proxy can connect from there, and that it takes this header out of what its clients send.")]
    private static partial void LogTrustedProxy(ILogger logger, string proxies, string header);
}

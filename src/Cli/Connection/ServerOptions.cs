using System.CommandLine;

namespace Sandboxes.Cli.Connection;

/// <summary>Which server, and with which rights: options, or the environment.</summary>
internal sealed class ServerOptions
{
    private const string DefaultUrl = "http://127.0.0.1:8080";

    private readonly Option<string?> _url = new("--url") { Description = $"The server's address. Default: $SANDBOX_URL, else {DefaultUrl}.", HelpName = "URL" };
    private readonly Option<string?> _key = new("--key") { Description = "An API key. Default: $SANDBOX_KEY. On the command line others on this machine can see it.", HelpName = "KEY" };
    private readonly Option<string?> _token = new("--token") { Description = "The sandbox's own token, instead of a key. Default: $SANDBOX_TOKEN.", HelpName = "TOKEN" };
    private readonly bool _takesToken;

    private ServerOptions(bool takesToken) => _takesToken = takesToken;

    /// <summary>Gives a command these options.</summary>
    public static ServerOptions AddTo(Command command, bool takesToken = true)
    {
        var options = new ServerOptions(takesToken);
        command.Add(options._url);
        command.Add(options._key);
        if (takesToken) command.Add(options._token);
        return options;
    }

    /// <summary>Connects.</summary>
    public async Task<SandboxClient> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken, Action<ConnectionChange>? onConnection = null)
    {
        var url = parsed.GetValue(_url) ?? Variable("SANDBOX_URL") ?? DefaultUrl;
        var options = new SandboxClientOptions
        {
            ApiKey = parsed.GetValue(_key) ?? Variable("SANDBOX_KEY"),
            ConnectTimeout = TimeSpan.Zero, // somebody waits for a word
            OnConnection = onConnection,
        };
        return Uri.TryCreate(url, UriKind.Absolute, out var server)
            ? await SandboxClient.ConnectAsync(server, options, cancellationToken)
            : throw new UsageException($"'{url}' is not a server's address: it looks like {DefaultUrl}.");
    }

    /// <summary>The sandbox's token, if one was given.</summary>
    public string? Token(ParseResult parsed) => (_takesToken ? parsed.GetValue(_token) : null) ?? Variable("SANDBOX_TOKEN");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

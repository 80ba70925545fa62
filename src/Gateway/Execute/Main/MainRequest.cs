using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>What a JSON body asks for, checked.</summary>
internal sealed record MainRequest
{
    public required byte[] Script { get; init; }

    /// <summary>Null when the body does not name one.</summary>
    public Language? Language { get; init; }

    public string[] Arguments { get; init; } = [];

    public byte[] Stdin { get; init; } = [];

    public Dictionary<string, string> Environment { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Null when the body does not name one.</summary>
    public TimeSpan? Timeout { get; init; }
}

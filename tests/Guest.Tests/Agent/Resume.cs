namespace Sandbox.Guest.Tests.Agent;

public sealed record Resume
{
    public static readonly Resume Original = new();

    /// <summary>Not null: this is a copy, with this generation.</summary>
    public string? Generation { get; init; }

    /// <summary>None of a copy's programs may run.</summary>
    public bool Quiet { get; init; }

    public string? Hostname { get; init; }

    public string? Sandbox { get; init; }

    public static Resume Copy(string generation) => new() { Generation = generation };

    public Fields ToFields()
    {
        var fields = new Fields().Add(1, (Generation is null ? 0u : 1u) | (Quiet ? 2u : 0u));
        if (Hostname is not null) fields.Add(2, Hostname);
        if (Generation is not null) fields.Add(3, Generation);
        if (Sandbox is not null) fields.Add(4, Sandbox);
        return fields;
    }
}

namespace Sandbox.Guest.Tests.Agent;

public sealed record Configuration
{
    public string Hostname { get; init; } = "box";

    public IReadOnlyList<string> Lower { get; init; } = ["/"];

    public ulong DiskBytes { get; init; } = 64 << 20;

    public ulong MemoryBytes { get; init; }

    public uint Processes { get; init; } = 200;

    public uint OpenFiles { get; init; } = 256;

    public string? Generation { get; init; }

    public string? Sandbox { get; init; }

    public Fields ToFields()
    {
        var fields = new Fields()
            .Add(1, Hostname).AddEach(2, Lower).Add(3, DiskBytes).Add(4, MemoryBytes).Add(5, Processes).Add(6, OpenFiles);
        if (Generation is not null) fields.Add(7, Generation);
        if (Sandbox is not null) fields.Add(8, Sandbox);
        return fields;
    }
}

namespace Sandbox.Guest.Tests.Agent;

public sealed record Start(params string[] Arguments)
{
    public const uint NoStdin = 1;
    public const uint Result = 2;
    public const uint Mould = 4;

    public string? Id { get; init; }

    public IReadOnlyList<string> Environment { get; init; } = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"];

    public string Directory { get; init; } = "/tmp";

    public uint User { get; init; } = 1000;

    public uint Flags { get; init; } = NoStdin;

    public (string Path, string Content)? File { get; init; }

    public string? MouldPath { get; init; }

    public string? ResultPath { get; init; }

    /// <summary>Rows and columns.</summary>
    public (ushort Rows, ushort Columns)? Size { get; init; }

    public IReadOnlyList<(uint Resource, ulong Value)> Limits { get; init; } = [];

    public static Start Shell(string script) => new("/bin/sh", "-c", script);

    public static Start Python(string code) => new("python3", "-c", code);

    /// <summary>With a terminal of 24 rows and 80 columns.</summary>
    public static Start Terminal(params string[] arguments) =>
        new(arguments) { Flags = 0, Size = (24, 80), Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8", "TERM=xterm-256color", "PS1=$ "] };

    public static Start PythonMould(string path, string? result = null) =>
        new("python3", path) { Flags = NoStdin | Mould, MouldPath = path, ResultPath = result };

    public Fields ToFields(uint number)
    {
        var fields = new Fields()
            .Add(1, Id ?? $"p{number}").AddEach(2, Arguments).AddEach(3, Environment).Add(4, Directory)
            .Add(5, User).Add(6, User).Add(9, Flags).AddLimits(10, Limits);
        if (File is { } file)
            fields.Add(7, file.Path).Add(8, file.Content);
        if (MouldPath is not null)
            fields.Add(7, MouldPath);
        if (ResultPath is not null)
            fields.Add(11, ResultPath);
        if (Size is { } size)
            fields.Add(12, Frame.Bytes((uint)(size.Rows | (size.Columns << 16))));
        return fields;
    }
}

namespace Sandbox.Bench;

/// <summary>A program that sleeps: it answers each line of its input with one.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Program">Its arguments.</param>
/// <param name="Line">What it is told.</param>
/// <param name="Answer">What it answers.</param>
/// <param name="Large">Whether it takes long.</param>
internal sealed record Sleeper(string Name, string[] Program, string Line, string Answer, bool Large = false)
{
    public static Sleeper[] All { get; } =
    [
        new("an idle shell", ["/bin/sh", "-c", "echo ready; exec /bin/sh"], "echo 42\n", "42\n"),
        new("Python with pandas", ["/usr/bin/python3", "-u", "-c", Python], "40\n", "42\n"),
        new("a shell, 200 MB of files", ["/bin/sh", "-c", "head -c 200000000 /dev/urandom > /tmp/file; echo ready; exec /bin/sh"], "echo 42\n", "42\n", Large: true),
    ];

    /// <summary>What it says once it is there.</summary>
    public const string Ready = "ready\n";

    private const string Python = "import pandas, sys\nprint('ready')\nfor line in sys.stdin: print(int(pandas.Series([int(line), 2]).sum()))";
}

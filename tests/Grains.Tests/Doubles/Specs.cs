using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Requests as the gateway makes them.</summary>
internal static class Specs
{
    /// <summary>Creates one whose token nobody chose.</summary>
    public static Task<Outcome<CreatedSandbox>> CreateAsync(this ISandboxGrain sandbox, SandboxSpec spec, CancellationToken cancellationToken) =>
        sandbox.CreateAsync(spec, token: null, cancellationToken);

    public static SandboxSpec Plain => new()
    {
        Template = "base",
        Directory = "/home/user",
        MemoryBytes = 1 << 28,
        DiskBytes = 1 << 26,
        Processes = 64,
        IdleTimeout = TimeSpan.FromSeconds(300),
        Environment = new() { ["A"] = "1" },
        Labels = new() { ["kind"] = "test" },
    };

    public static ProcessSpec Process(string id) => new() { Id = id, Arguments = ["sleep", "infinity"] };
}

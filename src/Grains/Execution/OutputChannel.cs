namespace Sandbox.Grains.Execution;

/// <summary>A channel that a program writes to. The numbers are those of the link (docs/guest-protocol.md).</summary>
[GenerateSerializer, Alias("output-channel")]
public enum OutputChannel : byte
{
    /// <summary>Standard output.</summary>
    Stdout = 1,

    /// <summary>Standard error.</summary>
    Stderr = 2,

    /// <summary>What <c>main()</c> returned; only of <see cref="ExecutionKind.Main"/>. Never mixed with what the program prints.</summary>
    Result = 3,
}

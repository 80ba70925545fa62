namespace Sandboxes;

/// <summary>
/// Output does not go on where it stopped: bytes fell out of the log (<c>gap</c>), or the sandbox went back to an older state
/// (<c>rewound</c>, a <see cref="RewoundException"/>). Reading again goes on behind it. A handler in <see cref="OutputOptions.OnDiscontinuity"/> goes on without this.
/// </summary>
public class OutputGapException : SandboxException
{
    private protected OutputGapException(OutputDiscontinuity discontinuity)
        : base(discontinuity.Rewound ? ErrorCode.Rewound : ErrorCode.Gap, discontinuity.ToString()) => Discontinuity = discontinuity;

    /// <summary>What is missing, or never happened.</summary>
    public OutputDiscontinuity Discontinuity { get; }

    internal static OutputGapException Of(OutputDiscontinuity discontinuity) =>
        discontinuity.Rewound ? new RewoundException(discontinuity) : new OutputGapException(discontinuity);
}

namespace Sandbox.CloudStorage;

/// <summary>Something that goes wrong with one request.</summary>
/// <param name="Kind">What.</param>
/// <param name="Of">Of which requests: a part of <c>METHOD PATH?QUERY</c>; empty for all.</param>
public sealed record Fault(FaultKind Kind, string Of = "")
{
    /// <summary>How many requests it happens to.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The status, of <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; init; } = 503;

    /// <summary>The reason in the answer.</summary>
    public string Reason { get; init; } = "backendError";

    /// <summary>How long it stands still, of <see cref="FaultKind.Slow"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>After how many bytes of the body it breaks, of <see cref="FaultKind.CutBody"/>.</summary>
    public int Bytes { get; init; }

    internal bool IsOf(string request) => request.Contains(Of, StringComparison.Ordinal);
}

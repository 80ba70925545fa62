using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>All that a JSON execution left behind.</summary>
/// <param name="Stdout">Its standard output; bytes that are no UTF-8 have become U+FFFD.</param>
/// <param name="Stderr">Its standard error, likewise.</param>
/// <param name="Result">What came on the result channel.</param>
/// <param name="ResultOverflowed">True when more came than may; <paramref name="Result"/> is cut then.</param>
/// <param name="Exited">How it ended.</param>
internal sealed record MainOutput(string Stdout, string Stderr, ReadOnlyMemory<byte> Result, bool ResultOverflowed, ExecutionExited Exited);

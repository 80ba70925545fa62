using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Access;

/// <summary>What <see cref="AccessPolicy"/> said of a request.</summary>
/// <param name="Refusal">Why it is refused; null when it comes in.</param>
/// <param name="CrossOrigin">True when it comes from a page of another origin that is on the allow-list.</param>
internal sealed record AccessDecision(GatewayProblem? Refusal, bool CrossOrigin);

namespace Sandbox.Gateway.Problems;

/// <summary>Ends a request that cannot be served, from wherever it was found out, with the problem to answer.</summary>
internal sealed class ProblemException(GatewayProblem problem) : Exception(problem.Detail)
{
    public GatewayProblem Problem { get; } = problem;
}

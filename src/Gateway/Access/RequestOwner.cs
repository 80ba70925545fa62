using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Access;

/// <summary>Whose request it is, where a request needs an owner.</summary>
internal static class RequestOwner
{
    /// <exception cref="ProblemException">The request has shown no key.</exception>
    public static string Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Caller.Of(context.User).Owner ?? throw new ProblemException(GatewayProblem.Unauthorized());
    }
}

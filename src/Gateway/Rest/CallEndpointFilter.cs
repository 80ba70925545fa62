using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Rest;

/// <summary>Gives failures of calls under <c>/v1</c> their form.</summary>
internal sealed class CallEndpointFilter(CallFailures failures) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is not (ProblemException or BadHttpRequestException)
            && !http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(CallProblems.Of(failures.Explain(e, http.GetEndpoint()?.DisplayName ?? "?")));
        }
    }
}

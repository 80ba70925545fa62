using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.CloudRun.Affinity;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Containers;

/// <summary><c>/list</c> and <c>/containers</c>: sandboxes by the name that Cloud Run Sandbox gives them.</summary>
internal static class ContainerEndpoints
{
    private const int PageLength = 1000;

    public static void MapContainers(this IEndpointRouteBuilder endpoints, CloudRunOptions options)
    {
        var calls = endpoints.MapGroup("").AddEndpointFilter<RouteGroupBuilder, CallEndpointFilter>().WithTags("Cloud Run Sandbox");
        calls.MapGet("/list", ListAsync).WithName("listContainers").WithSummary("List the sandboxes that are there").Produces<ContainerView[]>();
        calls.MapPost("/containers/{id}/suspend", Call(SandboxCalls.PauseAsync)).WithName("suspendContainer").WithSummary("Freeze a sandbox in place").Produces<ContainerView>();
        calls.MapPost("/containers/{id}/resume", Call(SandboxCalls.ResumeAsync)).WithName("resumeContainer").WithSummary("Let a sandbox go on").Produces<ContainerView>();
        calls.MapDelete("/containers/{id}", Call(SandboxCalls.DeleteAsync)).WithName("deleteContainer").WithSummary("Delete a sandbox").Produces<ContainerView>();
        if (!options.GetCalls) return;
        calls.MapGet("/suspend/{id}", Call(SandboxCalls.PauseAsync)).WithName("getSuspend").WithSummary("Freeze a sandbox in place").Produces<ContainerView>();
        calls.MapGet("/restore/{id}", Call(SandboxCalls.ResumeAsync)).WithName("getRestore").WithSummary("Let a sandbox go on").Produces<ContainerView>();
        calls.MapGet("/delete/{id}", Call(SandboxCalls.DeleteAsync)).WithName("getDelete").WithSummary("Delete a sandbox").Produces<ContainerView>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, SandboxCalls calls, AffinityCookie affinity)
    {
        affinity.Set(context);
        var found = new List<ContainerView>();
        string? after = null;
        do
        {
            var page = await calls.ListAsync(Caller.Of(context.User), after, PageLength);
            found.AddRange(page.Sandboxes.Where(sandbox => sandbox.Status is not ("failed" or "deleted")).Select(ContainerView.Of));
            after = page.Next;
        }
        while (after is not null && found.Count < 10 * PageLength);
        return RestCalls.Json(found);
    }

    private static Delegate Call(Func<ISandboxGrain, Task<SandboxAnswer>> call) =>
        async (HttpContext context, string id, SandboxAccess access, AffinityCookie affinity) =>
        {
            affinity.Set(context);
            return RestCalls.Json(ContainerView.Of((await call(await access.OpenAsync(context, id))).Sandbox));
        };
}

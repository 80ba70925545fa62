using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Execute.Main;

namespace Sandbox.Gateway.Execute;

/// <summary><c>POST /execute</c>, in its two forms: a bare script whose output is streamed, and JSON whose <c>main()</c> is called.</summary>
internal static class ExecuteEndpoints
{
    public static void MapExecute(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/execute", ExecuteAsync)
            .WithName("execute").WithTags("Execute").WithSummary("Run a script once, in a sandbox of its own");
    }

    private static Task ExecuteAsync(HttpContext context, ScriptExecution script, MainExecution main) =>
        ScriptMediaType.IsJson(context.Request) ? main.RunAsync(context) : script.RunAsync(context);
}

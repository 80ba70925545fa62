using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Sandbox.Gateway.Status;

namespace Sandbox.Gateway.OpenApi;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>.</summary>
internal static class GatewayDocument
{
    // Calls on sandboxes, which all fail alike: the server's own, and those of Cloud Run Sandbox.
    private static readonly string[] s_sandboxes = ["v1/", "list", "containers/", "suspend/", "restore/", "delete/"];

    public static void AddGatewayDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddOperationTransformer(DescribeAsync);
        options.AddDocumentTransformer(IntroduceAsync);
    });

    public static void MapGatewayDocument(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenApi("/openapi/{documentName}.json");

    private static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document ?? throw new InvalidOperationException("An operation belongs to a document.");
        if (context.Description.RelativePath == "execute")
        {
            var options = context.ApplicationServices.GetRequiredService<IOptions<GatewayOptions>>().Value;
            ExecuteDescription.Describe(operation, document, options);
            return Task.CompletedTask;
        }

        if (Array.Exists(s_sandboxes, prefix => context.Description.RelativePath?.StartsWith(prefix, StringComparison.Ordinal) is true))
        {
            CallDescription.Complete(operation, document, context.Description.ActionDescriptor.EndpointMetadata);
            return Task.CompletedTask;
        }

        operation.Responses ??= [];
        operation.Responses["403"] = ExecuteDescription.Forbidden(document);
        return Task.CompletedTask;
    }

    private static Task IntroduceAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Sandbox",
            Version = ServerIdentity.Version,
            Description = "Runs untrusted code in gVisor. Errors are problem details (RFC 9457) with a stable code.",
        };
        // Whatever name this copy was fetched by is the one to call.
        document.Servers = [new OpenApiServer { Url = "/" }];
        return Task.CompletedTask;
    }
}

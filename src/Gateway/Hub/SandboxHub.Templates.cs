using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Templates;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <content>Templates.</content>
internal sealed partial class SandboxHub
{
    [HubMethodName("ListTemplates")]
    public Task<TemplateListAnswer> ListTemplatesAsync(JsonElement request) => templates.ListAsync(Caller, Arguments.Of(request));

    [HubMethodName("DescribeTemplate")]
    public Task<TemplateAnswer> DescribeTemplateAsync(JsonElement request) => templates.DescribeAsync(Caller, Arguments.Of(request));

    [HubMethodName("RemoveTemplate")]
    public Task<TemplateAnswer> RemoveTemplateAsync(JsonElement request) => templates.RemoveAsync(Caller, Arguments.Of(request));

    [HubMethodName("WriteTemplateFiles")]
    public Task<TemplateUploadAnswer> WriteTemplateFilesAsync(JsonElement request) => templates.WriteFilesAsync(Caller, Arguments.Of(request));

    [HubMethodName("BuildTemplate")]
    public IAsyncEnumerable<TemplateProgressView> BuildTemplateAsync(JsonElement request, CancellationToken cancellationToken) =>
        GuardAsync("BuildTemplate", BuildTemplateOfAsync(request, Caller, cancellationToken), cancellationToken);

    // In an iterator of its own: what is wrong with the argument is then told as what is wrong with the call.
    private async IAsyncEnumerable<TemplateProgressView> BuildTemplateOfAsync(
        JsonElement request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var happened in templates.BuildAsync(caller, Arguments.Of(request), cancellationToken)) yield return happened;
    }
}

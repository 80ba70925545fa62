using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Templates;

/// <summary>The calls about templates, the same for the hub and for <c>/v1</c>. All need a key; building needs one that may.</summary>
internal sealed class TemplateCalls(IGrainFactory grains, IOptions<GatewayOptions> options)
{
    /// <summary>The most bytes of a recipe's files in one call.</summary>
    public const int MostPiece = 1 << 20;

    public async Task<TemplateListAnswer> ListAsync(Caller caller, Arguments request)
    {
        var after = request.Has("after") ? Ids.CheckSandbox(request.RequiredText("after", 256), "after") : null;
        var limit = (int)(request.Whole("limit", 1, 1000) ?? 100);
        var page = await grains.GetGrain<ITemplateListGrain>(caller.RequireOwner()).ListAsync(after, limit);
        return new TemplateListAnswer([.. page.Templates.Select(TemplateView.Of)], page.Next);
    }

    public async Task<TemplateAnswer> DescribeAsync(Caller caller, Arguments request) => Answer(await Grain(caller, request).DescribeAsync());

    public async Task<TemplateAnswer> RemoveAsync(Caller caller, Arguments request) => Answer(await Grain(caller, request).RemoveAsync());

    /// <summary>Takes a piece of a recipe's files.</summary>
    public async Task<TemplateUploadAnswer> WriteFilesAsync(Caller caller, Arguments request)
    {
        RequireBuilder(caller);
        var upload = Upload(request) ?? throw CallException.Invalid("upload is missing.");
        var offset = request.RequiredWhole("offset", 0, Arguments.MostNumber);
        return await WriteFilesAsync(Grain(caller, request), upload, offset, request.RequiredBytes("data", MostPiece));
    }

    /// <summary>Takes a piece of a recipe's files for a caller that may.</summary>
    public static async Task<TemplateUploadAnswer> WriteFilesAsync(ITemplateGrain template, string upload, long offset, byte[] data) =>
        new(upload, (await template.WriteFilesAsync(upload, offset, data)).ValueOrThrow().Bytes);

    /// <summary>Builds one. The last item is <c>built</c>.</summary>
    /// <exception cref="CallException">It cannot be built.</exception>
    public async IAsyncEnumerable<TemplateProgressView> BuildAsync(Caller caller, Arguments request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequireBuilder(caller);
        var build = new TemplateBuild
        {
            Recipe = RecipeRequest.Read(request, options.Value.Sandboxes),
            Upload = Upload(request),
            Rebuild = request.Flag("rebuild", otherwise: false),
        };
        var ended = false;
        await foreach (var happened in Grain(caller, request).BuildAsync(build, cancellationToken))
        {
            if (happened is TemplateFailed failed) throw new CallException(CallError.Of(failed.Error));
            ended = happened is TemplateBuilt;
            yield return TemplateProgressView.Of(happened);
        }

        if (!ended) throw new CallException(new CallError(CallCode.Unavailable, "The host ended the build. Try again."));
    }

    /// <summary>The template's grain, for a caller that may build.</summary>
    public ITemplateGrain GrainToBuild(Caller caller, Arguments request)
    {
        RequireBuilder(caller);
        return Grain(caller, request);
    }

    /// <summary>What a call on one answers.</summary>
    public static TemplateAnswer Answer(Outcome<TemplateDescription> outcome) => new(TemplateView.Of(outcome.ValueOrThrow()));

    /// <summary>What a template says of its sandboxes; null where it says nothing.</summary>
    public async Task<TemplateConfiguration?> ConfigurationAsync(string owner, string template) =>
        (await grains.GetGrain<ITemplateGrain>($"{owner}/{template}").DescribeAsync()).ValueOrThrow().Configuration;

    private static void RequireBuilder(Caller caller)
    {
        _ = caller.RequireOwner();
        if (!caller.BuildsTemplates)
            throw new CallException(CallError.Forbidden("This key may not build templates: the operator allows it by the setting BuildTemplates of the key (Access:Keys:N:BuildTemplates=true)."));
    }

    private static string? Upload(Arguments request) => request.Text("upload", 64) is not { } upload ? null
        : upload.Length > 0 && upload.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)) ? upload
        : throw CallException.Invalid("upload must be 1 to 64 of a-z and 0-9. Draw it at random.");

    private ITemplateGrain Grain(Caller caller, Arguments request) =>
        grains.GetGrain<ITemplateGrain>($"{caller.RequireOwner()}/{Ids.CheckSandbox(request.RequiredText("name", 256), "name")}");
}

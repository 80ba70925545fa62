using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Templates;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes;

/// <summary>The calls about sandboxes, the same for the hub and for <c>/v1</c>. Those on one sandbox come behind <see cref="SandboxAccess"/>.</summary>
internal sealed class SandboxCalls(IGrainFactory grains, SandboxAccess access, TemplateCalls templates, IOptions<GatewayOptions> options)
{
    private const string AskedFor = "It was deleted because a client asked for it.";

    public async Task<CreatedAnswer> CreateAsync(Caller caller, Arguments request, CancellationToken cancellationToken)
    {
        var owner = caller.RequireOwner();
        var (id, spec, chosen) = CreateRequest.Read(request, options.Value.Sandboxes);
        if (spec.Snapshot is null && spec.Template != CreateRequest.UsualTemplate)
            spec = TemplateDefaults.Apply(spec, request, await templates.ConfigurationAsync(owner, spec.Template), options.Value.Sandboxes);
        var created = (await access.Find(owner, id).CreateAsync(spec, chosen, cancellationToken)).ValueOrThrow();
        return CreatedAnswer.Of(created, owner);
    }

    public async Task<SandboxListAnswer> ListAsync(Caller caller, Arguments request)
    {
        var owner = caller.RequireOwner();
        var after = request.Has("after") ? request.Sandbox("after") : null;
        var limit = (int)(request.Whole("limit", 1, 10_000) ?? 100);
        var page = await grains.GetGrain<ISandboxListGrain>(owner).ListAsync(after, limit, CreateRequest.Labels(request, "labels"));
        return new SandboxListAnswer([.. page.Sandboxes.Select(SandboxView.Of)], page.Next);
    }

    /// <summary>A page of all of an owner's sandboxes.</summary>
    public async Task<SandboxListAnswer> ListAsync(Caller caller, string? after, int limit)
    {
        var page = await grains.GetGrain<ISandboxListGrain>(caller.RequireOwner()).ListAsync(after, limit, []);
        return new SandboxListAnswer([.. page.Sandboxes.Select(SandboxView.Of)], page.Next);
    }

    public static async Task<SandboxAnswer> AttachAsync(ISandboxGrain sandbox) => Answer(await sandbox.TouchAsync());

    public static async Task<SandboxAnswer> DescribeAsync(ISandboxGrain sandbox) => Answer(await sandbox.DescribeAsync());

    public static async Task<SandboxAnswer> DeleteAsync(ISandboxGrain sandbox) => Answer(await sandbox.DeleteAsync(AskedFor));

    public static async Task<SandboxAnswer> PauseAsync(ISandboxGrain sandbox) => Answer(await sandbox.PauseAsync());

    public static async Task<SandboxAnswer> ResumeAsync(ISandboxGrain sandbox) => Answer(await sandbox.ResumeAsync());

    public static async Task<StatsAnswer> StatsAsync(ISandboxGrain sandbox) => StatsAnswer.Of((await sandbox.StatsAsync()).ValueOrThrow());

    private static SandboxAnswer Answer(Outcome<SandboxDescription> outcome) => SandboxAnswer.Of(outcome.ValueOrThrow());
}

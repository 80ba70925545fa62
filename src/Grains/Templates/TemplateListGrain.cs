using Orleans.Concurrency;
using Sandbox.Grains.Hosting;

namespace Sandbox.Grains.Templates;

/// <inheritdoc cref="ITemplateListGrain"/>
[StatelessWorker, GrainType("template-list")]
internal sealed class TemplateListGrain(ISandboxHost host) : Grain, ITemplateListGrain
{
    /// <inheritdoc/>
    public Task<TemplatePage> ListAsync(string? after, int limit) => host.Templates.ListAsync(this.GetPrimaryKeyString(), after, limit, CancellationToken.None);
}

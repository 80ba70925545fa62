using System.Runtime.CompilerServices;
using Orleans.Placement;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Templates;

/// <inheritdoc cref="ITemplateGrain"/>
/// <remarks>It keeps nothing: servers that share a store have one each, and the store's conditional writes decide.</remarks>
[PreferLocalPlacement, GrainType("template")]
internal sealed class TemplateGrain(ISandboxHost host) : Grain, ITemplateGrain
{
    private bool _building;

    private string Key => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public Task<Outcome<TemplateDescription>> DescribeAsync() => host.Templates.DescribeAsync(Key, CancellationToken.None);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotImport>> WriteFilesAsync(string uploadId, long offset, byte[] data) => host.Templates.WriteFilesAsync(Key, uploadId, offset, data);

    /// <inheritdoc/>
    public async IAsyncEnumerable<TemplateProgress> BuildAsync(TemplateBuild build, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_building)
        {
            var message = $"The template '{Key[(Key.IndexOf('/', StringComparison.Ordinal) + 1)..]}' is being built already. Wait for that build, or choose another name.";
            yield return new TemplateFailed { Error = new SandboxError { Code = SandboxErrorCode.Conflict, Message = message } };
            yield break;
        }

        var isOver = false;
        _building = true;
        try
        {
            await foreach (var happened in host.Templates.BuildAsync(Key, build, cancellationToken))
            {
                // Whoever has the last item may build again, before the enumeration has ended.
                isOver = happened is TemplateBuilt or TemplateFailed;
                if (isOver) _building = false;
                yield return happened;
            }
        }
        finally
        {
            if (!isOver) _building = false;
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<TemplateDescription>> ImportAsync(string uploadId, CancellationToken cancellationToken = default) => host.Templates.ImportAsync(Key, uploadId, cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<TemplateDescription>> RemoveAsync() => host.Templates.RemoveAsync(Key, CancellationToken.None);
}

using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;

namespace Sandbox.Grains.Hosting;

/// <summary>The stored templates. A key is a grain's, <c>{owner}/{name}</c>; what each call does is said at <see cref="ITemplateGrain"/>.</summary>
public interface ITemplateStore
{
    /// <summary>Describes one.</summary>
    Task<Outcome<TemplateDescription>> DescribeAsync(string key, CancellationToken cancellationToken);

    /// <summary>A page of those that an owner may use.</summary>
    Task<TemplatePage> ListAsync(string owner, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Takes a piece of an upload.</summary>
    Task<Outcome<SnapshotImport>> WriteFilesAsync(string key, string uploadId, long offset, byte[] data);

    /// <summary>Builds one.</summary>
    IAsyncEnumerable<TemplateProgress> BuildAsync(string key, TemplateBuild build, CancellationToken cancellationToken);

    /// <summary>Makes one of an uploaded image.</summary>
    Task<Outcome<TemplateDescription>> ImportAsync(string key, string uploadId, CancellationToken cancellationToken);

    /// <summary>Removes one.</summary>
    Task<Outcome<TemplateDescription>> RemoveAsync(string key, CancellationToken cancellationToken);
}

using Orleans.Concurrency;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Templates;

/// <summary>
/// The template of one name. Its key is <c>{owner}/{name}</c>; where the product has a template of that name, it is that one. Access has been checked before.
/// </summary>
[Alias("template")]
public interface ITemplateGrain : IGrainWithStringKey
{
    /// <summary>Describes it.</summary>
    [AlwaysInterleave, Alias("describe")]
    Task<Outcome<TemplateDescription>> DescribeAsync();

    /// <summary>
    /// Takes the next piece of a tar: of a recipe's files, or of an OCI image layout. The pieces lie on this host until a template is made of them; an upload that nobody goes
    /// on with is thrown away.
    /// </summary>
    /// <param name="uploadId">Names the upload: 1 to 64 of <c>[a-z0-9]</c>, the caller's choice.</param>
    /// <param name="offset">Where the piece belongs: what came before it in bytes.</param>
    /// <param name="data">The piece, at most 1 MiB.</param>
    [AlwaysInterleave, Alias("write-files")]
    Task<Outcome<SnapshotImport>> WriteFilesAsync(string uploadId, long offset, byte[] data);

    /// <summary>
    /// Builds it, in a sandbox of its own that goes with the build. Ending the enumeration early, or cancelling it, ends the build; then nothing is left of it. A
    /// second build at the same time is a conflict.
    /// </summary>
    [Alias("build")]
    IAsyncEnumerable<TemplateProgress> BuildAsync(TemplateBuild build, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes it of the OCI image that was written: the image's files, and of its configuration the environment, the working directory, and whether programs are root's. It replaces
    /// one of the name, as a build does.
    /// </summary>
    /// <param name="uploadId">The upload.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("import"), ResponseTimeout("00:10:00")]
    Task<Outcome<TemplateDescription>> ImportAsync(string uploadId, CancellationToken cancellationToken = default);

    /// <summary>Removes it, unless something stands on it.</summary>
    [Alias("remove"), ResponseTimeout("00:02:00")]
    Task<Outcome<TemplateDescription>> RemoveAsync();
}

using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Templates;

/// <summary>What of the templates of a set-up another store gets.</summary>
public sealed class TemplateCopyTests : IDisposable
{
    private static readonly DateTimeOffset _then = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly TemporaryDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly DirectoryBlobStore _from;
    private readonly DirectoryBlobStore _to;

    public TemplateCopyTests()
    {
        _data = DataDirectory.Open(_directory.Below("data"));
        _from = DirectoryBlobStore.Open(_data.Blobs, TimeProvider.System);
        _to = DirectoryBlobStore.Open(_directory.Below("to"), TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
        _directory.Dispose();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null, false, true)]
    [InlineData(null, true, true)]
    [InlineData(-1, false, false)]
    [InlineData(-1, true, true)]
    [InlineData(0, true, false)]
    [InlineData(1, true, false)]
    public async Task One_that_is_missing_is_copied_and_an_older_one_where_that_is_asked_for(int? builtThere, bool replaceOlder, bool copied)
    {
        var layer = await WriteAsync(_from, "new", _then);
        if (builtThere is { } hours) await WriteAsync(_to, "old", _then.AddHours(hours));
        await TemplateCopy.EnsureAsync("base", _from, _to, replaceOlder, Cancel);
        var there = (await TemplateManifest.ReadAsync(_to, "base", Cancel))!.Value.Manifest;
        Assert.Equal(copied, there.Layer == layer);
        Assert.Equal(there.Layer.Size, (await _to.FindAsync(there.Layer.BlobName, Cancel))?.Size);
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_there_is_none_nothing_is_copied()
    {
        await TemplateCopy.EnsureAsync("base", _from, _to, replaceOlder: true, Cancel);
        Assert.Null(await TemplateManifest.ReadAsync(_to, "base", Cancel));
    }

    private async Task<LayerDescriptor> WriteAsync(DirectoryBlobStore store, string content, DateTimeOffset created)
    {
        using var writer = new LayerWriter(_data);
        writer.Tar.Write(new TarText().File("f", content).ToArray());
        var layer = await writer.PublishAsync(store, Cancel);
        Assert.True(await new TemplateManifest("base", "recipe", layer, created).WriteAsync(store, overGeneration: null, Cancel));
        return layer;
    }
}

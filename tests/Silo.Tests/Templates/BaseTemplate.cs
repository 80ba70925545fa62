using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Tests.Templates;

/// <summary>The real base template, which the set-up built into the data directory that SANDBOX_TEST_DATA names.</summary>
public sealed class BaseTemplate : IAsyncLifetime
{
    private DirectoryBlobStore? _store;
    private LayerDirectories? _layers;

    /// <summary>The root file system.</summary>
    public string Root { get; private set; } = "";

    internal DirectoryBlobStore Store => _store!;

    internal DataDirectory Data { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("SANDBOX_TEST_DATA");
        Assert.False(string.IsNullOrEmpty(path), "SANDBOX_TEST_DATA names no data directory with the base template: run these tests by './sandbox test'.");
        Data = DataDirectory.Open(path!);
        _store = DirectoryBlobStore.Open(Data.Blobs, TimeProvider.System);
        _layers = new LayerDirectories(Data, _store, new LayerLimits());
        Root = (await new TemplateCatalog(_store, _layers).ResolveAsync("base", TestContext.Current.CancellationToken)).Directory;
    }

    public async ValueTask DisposeAsync()
    {
        if (_layers is not null)
        {
            await _layers.DisposeAsync();
        }

        _store?.Dispose();
    }
}

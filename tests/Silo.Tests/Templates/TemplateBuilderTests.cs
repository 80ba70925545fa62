using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Templates;

/// <summary>What is decided before and after mmdebstrap runs; the real template is tested where it was really built.</summary>
public sealed class TemplateBuilderTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly DirectoryBlobStore _store;
    private readonly LayerDirectories _layers;
    private readonly TemplateCatalog _catalog;

    public TemplateBuilderTests()
    {
        _data = DataDirectory.Open(_directory.Below("data"));
        _store = DirectoryBlobStore.Open(_data.Blobs, TimeProvider.System);
        _layers = new LayerDirectories(_data, _store, new LayerLimits());
        _catalog = new TemplateCatalog(_store, _layers);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _layers.DisposeAsync();
        _store.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_template_of_the_same_recipe_is_not_built_again_but_unpacked()
    {
        var recipe = TemplateRecipe.Find("base")!;
        var layer = await StoreAsync("base", recipe.Hash);
        var steps = new Steps();
        var template = await new TemplateBuilder(_data, _store, _catalog, TimeProvider.System).EnsureAsync(recipe, steps, Cancel);
        Assert.Equal(layer.Digest, template.Digest);
        Assert.True(File.Exists(Path.Combine(template.Directory, "etc/hostname")));
        Assert.Equal(["the template 'base' is there already"], steps.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_second_host_fetches_the_same_bytes_from_the_store()
    {
        var layer = await StoreAsync("base", "any");
        var otherData = DataDirectory.Open(_directory.Below("other"));
        await using var otherLayers = new LayerDirectories(otherData, _store, new LayerLimits());
        var template = await new TemplateCatalog(_store, otherLayers).ResolveAsync("base", Cancel);
        Assert.Equal(layer.Digest, template.Digest);
        Assert.StartsWith(otherData.Layers, template.Directory, StringComparison.Ordinal);
        Assert.Equal("sandbox", await File.ReadAllTextAsync(Path.Combine(template.Directory, "etc/hostname"), Cancel));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("base")]
    [InlineData("../base")]
    [InlineData("")]
    public async Task A_template_that_is_not_there_is_named_with_the_remedy(string name)
    {
        var refused = await Assert.ThrowsAsync<TemplateException>(() => _catalog.ResolveAsync(name, Cancel));
        Assert.Contains($"There is no template '{name}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("template build", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_template_whose_layer_is_gone_or_whose_manifest_is_damaged_is_refused_with_the_remedy()
    {
        var layer = await StoreAsync("base", "any");
        await _store.DeleteAsync(layer.BlobName, cancellationToken: Cancel);
        Assert.Contains("Build it anew", (await Assert.ThrowsAsync<TemplateException>(() => _catalog.ResolveAsync("base", Cancel))).Message, StringComparison.Ordinal);

        await _store.PutAsync("templates/base", new MemoryStream("{}"u8.ToArray()), BlobPutOptions.Overwrite, Cancel);
        await Assert.ThrowsAsync<TemplateException>(() => _catalog.ResolveAsync("base", Cancel));
        await _store.PutAsync("templates/base", new MemoryStream("nonsense"u8.ToArray()), BlobPutOptions.Overwrite, Cancel);
        await Assert.ThrowsAsync<TemplateException>(() => _catalog.ResolveAsync("base", Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task Of_two_manifests_over_the_same_one_only_the_first_is_written()
    {
        var layer = await StoreAsync("base", "1");
        var (_, generation) = (await TemplateManifest.ReadAsync(_store, "base", Cancel))!.Value;
        Assert.True(await new TemplateManifest("base", "2", layer, DateTimeOffset.UnixEpoch).WriteAsync(_store, generation, Cancel));
        Assert.False(await new TemplateManifest("base", "3", layer, DateTimeOffset.UnixEpoch).WriteAsync(_store, generation, Cancel));
        Assert.Equal("2", (await TemplateManifest.ReadAsync(_store, "base", Cancel))!.Value.Manifest.RecipeHash);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(2)]
    [InlineData(2, "build")]
    [InlineData(2, "build", "base")]
    [InlineData(2, "remove", "base", "--data", "{data}")]
    [InlineData(2, "build", "nope", "--data", "{data}")]
    [InlineData(2, "path", "nope", "--data", "{data}")]
    [InlineData(1, "build", "base", "--data", "/dev/null")]
    public async Task The_command_says_what_was_wrong(int code, params string[] arguments)
    {
        var error = new StringWriter();
        arguments = [.. arguments.Select(argument => argument.Replace("{data}", _data.Path, StringComparison.Ordinal))];
        Assert.Equal(code, await TemplateCommand.RunAsync(arguments, TextWriter.Null, error, Cancel));
        Assert.NotEmpty(error.ToString());
    }

    [Fact(Timeout = 30_000)]
    public async Task The_command_tells_a_templates_directory_in_one_line()
    {
        await StoreAsync("base", "any");
        var output = new StringWriter();
        Assert.Equal(0, await TemplateCommand.RunAsync(["path", "base", "--data", _data.Path], output, TextWriter.Null, Cancel));
        Assert.Equal((await _catalog.ResolveAsync("base", Cancel)).Directory + "\n", output.ToString());
    }

    private async Task<LayerDescriptor> StoreAsync(string name, string recipeHash)
    {
        using var writer = new LayerWriter(_data);
        await writer.Tar.WriteAsync(new TarText().File("etc/hostname", "sandbox").ToArray(), Cancel);
        var layer = await writer.PublishAsync(_store, Cancel);
        Assert.True(await new TemplateManifest(name, recipeHash, layer, DateTimeOffset.UnixEpoch).WriteAsync(_store, null, Cancel));
        return layer;
    }

    private sealed class Steps : IProgress<string>
    {
        public List<string> Lines { get; } = [];

        public void Report(string value) => Lines.Add(value);
    }
}

using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Templates;

/// <summary>The real mmdebstrap and the machine's real package sources, only as far as it takes to go wrong.</summary>
public sealed class DebianBootstrapTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly DirectoryBlobStore _store;
    private readonly LayerDirectories _layers;
    private readonly TemplateBuilder _builder;

    public DebianBootstrapTests()
    {
        _data = DataDirectory.Open(_directory.Below("data"));
        _store = DirectoryBlobStore.Open(_data.Blobs, TimeProvider.System);
        _layers = new LayerDirectories(_data, _store, new LayerLimits());
        _builder = new TemplateBuilder(_data, _store, new TemplateCatalog(_store, _layers), TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _layers.DisposeAsync();
        _store.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_build_that_is_cancelled_leaves_nothing_behind()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var steps = new Steps(line =>
        {
            if (line == "extracting packages")
            {
                cancel.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _builder.EnsureAsync(TemplateRecipe.Find("base")!, steps, cancel.Token));
        Assert.Equal("extracting packages", steps.Lines[2]);
        await AssertNothingAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_build_that_fails_says_what_mmdebstrap_said_and_leaves_nothing_behind()
    {
        var recipe = TemplateRecipe.Find("base")! with { Packages = ["sandbox-no-such-package"] };
        var refused = await Assert.ThrowsAsync<TemplateException>(() => _builder.EnsureAsync(recipe, new Steps(_ => { }), Cancel));
        Assert.Contains("sandbox-no-such-package", refused.Message, StringComparison.Ordinal);
        await AssertNothingAsync();
    }

    /// <summary>A recipe's script may remove mmdebstrap's settings of apt with everything else in /tmp: without them apt goes by this machine's.</summary>
    [Fact(Timeout = 300_000)]
    public async Task The_package_lists_of_the_machine_that_builds_stay()
    {
        const string lists = "/var/lib/apt/lists";
        var before = Directory.GetFiles(lists, "*", SearchOption.AllDirectories).Order().ToList();
        Assert.Contains(before, file => file.EndsWith("Release", StringComparison.Ordinal));
        var recipe = TemplateRecipe.Find("base")! with { Packages = ["tar"], CustomizeScript = "#!/bin/sh\nrm -rf \"$1\"/tmp/* \"$1\"/var/lib/apt/lists/*\n", Hash = "a test's" };
        await _builder.EnsureAsync(recipe, new Steps(_ => { }), Cancel);
        Assert.Equal(before, Directory.GetFiles(lists, "*", SearchOption.AllDirectories).Order());
    }

    private async Task AssertNothingAsync()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_data.Temporary));
        Assert.Empty(Directory.GetFileSystemEntries(_data.Layers));
        Assert.Empty(await _store.ListAsync("", cancellationToken: Cancel).ToListAsync(Cancel));
        Assert.DoesNotContain(Directory.GetDirectories("/proc").Where(process => char.IsDigit(Path.GetFileName(process)[0])), HasArgumentBelowData);
    }

    private bool HasArgumentBelowData(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(_data.Path, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    private sealed class Steps(Action<string> seen) : IProgress<string>
    {
        public List<string> Lines { get; } = [];

        public void Report(string value)
        {
            Lines.Add(value);
            seen(value);
        }
    }
}

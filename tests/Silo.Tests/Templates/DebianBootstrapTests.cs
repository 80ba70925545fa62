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

    /// <summary>Without them mmdebstrap's own clean-up would be one of this machine's apt.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Clearing_the_new_root_leaves_mmdebstrap_its_settings_of_apt()
    {
        var root = _directory.Below("root");
        Directory.CreateDirectory(Path.Combine(root, "tmp"));
        foreach (var name in (string[])["mmdebstrap.apt.conf.x", "other"]) await File.WriteAllTextAsync(Path.Combine(root, "tmp", name), "", Cancel);
        var clearing = TemplateRecipe.Find("base")!.CustomizeScript.Split('\n').Single(line => line.Contains("\"$root/tmp\"", StringComparison.Ordinal));
        using var shell = System.Diagnostics.Process.Start("sh", ["-c", $"root=$0\n{clearing}", root]);
        await shell.WaitForExitAsync(Cancel);
        Assert.Equal(["mmdebstrap.apt.conf.x"], Directory.GetFiles(Path.Combine(root, "tmp")).Select(Path.GetFileName));
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

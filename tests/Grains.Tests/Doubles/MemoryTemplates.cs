using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Templates in memory: a build tells one step and one piece of output, and is done when a test lets it.</summary>
internal sealed class MemoryTemplates : ITemplateStore
{
    private readonly ConcurrentDictionary<string, TemplateDescription> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _uploads = new(StringComparer.Ordinal);
    private int _building;

    /// <summary>What builds wait for before they end.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Why builds fail; null: they do not.</summary>
    public SandboxError? Failure { get; set; }

    /// <summary>The last build that was asked for.</summary>
    public TemplateBuild? Asked { get; private set; }

    /// <summary>How many builds go on.</summary>
    public int Building => Volatile.Read(ref _building);

    public void Add(string key, TemplateConfiguration configuration) => _all[key] = new TemplateDescription
    {
        Name = key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..],
        Created = DateTimeOffset.UnixEpoch,
        Bytes = 7,
        LayerCount = 2,
        Configuration = configuration,
    };

    /// <summary>What was uploaded.</summary>
    public byte[] Uploaded(string key, string upload) => _uploads[$"{key} {upload}"];

    public Task<Outcome<TemplateDescription>> DescribeAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Find(key));

    public Task<TemplatePage> ListAsync(string owner, string? after, int limit, CancellationToken cancellationToken) => Task.FromResult(new TemplatePage
    {
        Templates =
        [
            .. _all.Where(pair => pair.Key.StartsWith(owner + "/", StringComparison.Ordinal)).Select(pair => pair.Value with { Configuration = null })
                .OrderBy(one => one.Name, StringComparer.Ordinal).Where(one => string.CompareOrdinal(one.Name, after) > 0).Take(limit),
        ],
    });

    public Task<Outcome<SnapshotImport>> WriteFilesAsync(string key, string uploadId, long offset, byte[] data)
    {
        var before = _uploads.GetValueOrDefault($"{key} {uploadId}", []);
        Assert.Equal(offset, before.Length);
        _uploads[$"{key} {uploadId}"] = [.. before, .. data];
        return Task.FromResult(new Outcome<SnapshotImport> { Value = new SnapshotImport { Bytes = before.Length + data.Length } });
    }

    public async IAsyncEnumerable<TemplateProgress> BuildAsync(string key, TemplateBuild build, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked = build;
        Interlocked.Increment(ref _building);
        try
        {
            if (Failure is { Code: SandboxErrorCode.Forbidden } refused)
            {
                yield return new TemplateFailed { Error = refused };
                yield break;
            }

            yield return new TemplateStep { Number = 1, Count = 1, Command = "true" };
            yield return new TemplateOutput { Error = true, Data = [1, 2] };
            await Gate.WaitAsync(cancellationToken);
            if (Failure is { } failure)
            {
                yield return new TemplateFailed { Error = failure };
                yield break;
            }

            Add(key, new TemplateConfiguration { RecipeHash = "sha256:0", Base = build.Recipe.Base });
            yield return new TemplateBuilt { Template = Find(key).Value!, LeftOut = ["left"] };
        }
        finally
        {
            Interlocked.Decrement(ref _building);
        }
    }

    public Task<Outcome<TemplateDescription>> ImportAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        if (Failure is { } failure) return Task.FromResult(new Outcome<TemplateDescription> { Error = failure });
        Add(key, new TemplateConfiguration { RecipeHash = "sha256:1", Base = uploadId });
        return Task.FromResult(Find(key));
    }

    public Task<Outcome<TemplateDescription>> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        var found = Find(key);
        _all.TryRemove(key, out _);
        return Task.FromResult(found);
    }

    private Outcome<TemplateDescription> Find(string key) => _all.TryGetValue(key, out var template)
        ? new Outcome<TemplateDescription> { Value = template }
        : new Outcome<TemplateDescription> { Error = new SandboxError { Code = SandboxErrorCode.NotFound, Message = "There is no such template." } };
}

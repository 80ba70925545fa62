using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Tests.Holding;
using Sandbox.Silo.Tests.Storage;
using static Sandbox.Silo.Tests.Holding.MemoryBlobs;

namespace Sandbox.Silo.Tests.Checkpoints;

/// <summary>
/// Savers, forks, deleters and sweepers of one owner, who share a handful of parts, while a random number decides whose request is next, who dies
/// or stands still for a day. <c>SANDBOX_SEQUENCES</c> sets how many numbers are tried.
/// </summary>
public sealed class CheckpointInterleavingTests
{
    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("SANDBOX_SEQUENCES") ?? "25", CultureInfo.InvariantCulture))];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Seeds))]
    public Task No_checkpoint_ever_lacks_a_part_and_no_part_is_left_without_a_checkpoint(int seed)
    {
        using var directory = new TemporaryDirectory();
        using var loop = new StepLoop();
        new Run(loop, new Random(seed), PartCache.Open(directory.Below("cache"), 0, "boot")).Go();
        return Task.CompletedTask;
    }

    private sealed class Run(StepLoop loop, Random random, PartCache cache)
    {
        private const int Steps = 4_000;
        private const int MostActors = 6;
        private static readonly HashSet<string> _none = [];
        private readonly FakeTimeProvider _time = new();
        private readonly MemoryBlobs _blobs = new();
        private readonly Dictionary<string, LayerDigest[]> _partsOf = new(StringComparer.Ordinal);
        private readonly HashSet<string> _alive = [];
        private readonly HashSet<string> _still = [];
        private int _actors;
        private int _saved;
        private int _deleted;

        public void Go()
        {
            _blobs.Now = () => _time.GetUtcNow();
            for (var step = 0; step < Steps; step++)
            {
                Act();
                loop.Step(random, actor => !_still.Contains(Name(actor)));
                CheckAll(step);
            }

            Assert.InRange(_saved, 20, Steps);
            Assert.InRange(_deleted, 10, Steps);
            End();
        }

        private static string Name(string gate) => gate.StartsWith("net-", StringComparison.Ordinal) ? gate[4..] : gate;

        private void Act()
        {
            _time.Advance(TimeSpan.FromMinutes(random.Next(10)));
            switch (random.Next(100))
            {
                case < 30 when _alive.Count < MostActors:
                    Begin();
                    break;
                case 30 when _alive.Count > 0:
                    // It dies: what it asked for last may still take place, and nothing after that.
                    var dead = Any();
                    _alive.Remove(dead);
                    loop.Gates.RemoveAll(gate => gate.Actor == dead || (gate.Actor == $"net-{dead}" && random.Next(2) == 0));
                    break;
                case < 33 when _alive.Count > 0:
                    _still.Add(Any());
                    break;
                case < 36:
                    _still.Clear();
                    break;
                default:
                    break;
            }
        }

        private void Begin()
        {
            var actor = $"a{++_actors}";
            var blobs = _blobs.For(loop, actor, () => random.Next(200) == 0 ? Fault.AnswerLost : Fault.None);
            var store = new CheckpointStore(blobs, Drafts.Keys, cache, _time, NullLogger<CheckpointStore>.Instance);
            var manifests = _partsOf.Keys.Where(_blobs.All.ContainsKey).ToList();
            var (key, id) = manifests.Count == 0 ? (Key(), "") : Parse(manifests[random.Next(manifests.Count)]);
            switch (random.Next(10))
            {
                case < 4:
                    Do(actor, () => SaveAsync(store, blobs));
                    break;
                case < 5 when id.Length > 0:
                    Do(actor, () => ForkAsync(store, key, id));
                    break;
                case < 9 when id.Length > 0:
                    Do(actor, () => DeleteAsync(store, key, id));
                    break;
                default:
                    Do(actor, () => Sweep(blobs).RunAsync("alice"));
                    break;
            }
        }

        private CheckpointSweep Sweep(Sandbox.Grains.Storage.IBlobStore blobs) =>
            new(blobs, Options.Create(new CheckpointOptions()), _time, NullLogger<CheckpointSweep>.Instance);

        private async Task SaveAsync(CheckpointStore store, Sandbox.Grains.Storage.IBlobStore blobs)
        {
            var texts = Enumerable.Range(0, 4).OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Select(i => $"part {i}").ToList();
            var parts = texts.Select(text => new CheckpointPart(text.Replace(' ', '-'), text.Length, LayerDigest.OfText(text))).ToArray();
            var manifest = Note(Drafts.Manifest(Key(), parts));
            var keep = new PartStore(blobs);
            var sandbox = SandboxKey.Parse(manifest.Sandbox).Id;
            await store.StoreAsync(manifest, part => keep.KeepAsync("alice", part, sandbox, manifest.Id, () => Open(part), CancellationToken.None), CancellationToken.None);
            _saved++;
        }

        private async Task ForkAsync(CheckpointStore store, SandboxKey key, string id)
        {
            Note(await store.CopyManifestAsync(key, id, Key()));
            _saved++;
        }

        private async Task DeleteAsync(CheckpointStore store, SandboxKey key, string id)
        {
            if (await store.DeleteAsync(key, id, _none) is CheckpointDeletion.Deleted) _deleted++;
        }

        private void Do(string actor, Func<Task> work)
        {
            _alive.Add(actor);
            _ = RunAsync();

            async Task RunAsync()
            {
                try
                {
                    await work();
                }
                catch (Exception exception) when (exception is IOException or CheckpointStorageException or CheckpointRefusedException)
                {
                    // An answer was lost, the source went while it was forked, or the save took too long.
                }

                _alive.Remove(actor);
            }
        }

        private void CheckAll(int step)
        {
            foreach (var (name, blob) in _blobs.All.Where(blob => blob.Key.StartsWith("alice/checkpoints/", StringComparison.Ordinal)))
            {
                if (CheckpointSweep.IsAbandoned(blob.Properties)) continue;
                if (!_partsOf.TryGetValue(name, out var parts))
                {
                    var (key, id) = Parse(name);
                    Note(CheckpointManifest.Parse(Drafts.Keys.Verify(blob.Bytes, id), id));
                    parts = _partsOf[name];
                }

                Assert.All(parts, digest => Assert.True(_blobs.All.ContainsKey(CheckpointNames.Part("alice", digest)), $"Step {step}: {name} lacks {digest}."));
            }
        }

        /// <summary>Everyone ends, or has died; then two sweeps leave nothing that no checkpoint has, and everything that one has.</summary>
        private void End()
        {
            _still.Clear();
            for (var i = 0; i < 100_000 && loop.Step(random); i++)
            {
            }

            loop.Gated = false;
            _time.Advance(TimeSpan.FromDays(1));
            loop.Run(Sweep(_blobs.For(loop, "last")).RunAsync("alice"));
            _time.Advance(TimeSpan.FromDays(31));
            loop.Run(Sweep(_blobs.For(loop, "last")).RunAsync("alice"));
            CheckAll(Steps);
            var used = _partsOf.Where(manifest => _blobs.All.ContainsKey(manifest.Key)).SelectMany(manifest => manifest.Value).ToHashSet();
            var names = _blobs.All.Keys.Where(name => !name.StartsWith("alice/checkpoints/", StringComparison.Ordinal)).ToList();
            Assert.Equal(used.Select(digest => CheckpointNames.Part("alice", digest)).Order(StringComparer.Ordinal),
                names.Where(name => name.StartsWith("alice/parts/", StringComparison.Ordinal)));
            Assert.DoesNotContain(names, name => name.StartsWith("alice/condemned-parts/", StringComparison.Ordinal));
            Assert.DoesNotContain(_blobs.All.Values, blob => CheckpointSweep.IsAbandoned(blob.Properties));

            var store = new CheckpointStore(_blobs.For(loop, "last"), Drafts.Keys, cache, _time, NullLogger<CheckpointStore>.Instance);
            foreach (var sandbox in Enumerable.Range(0, 3)) loop.Run(store.DeleteAllAsync(new SandboxKey("alice", $"s{sandbox}")));
            Assert.Empty(_blobs.All);
        }

        private static MemoryStream Open(CheckpointPart part) => new(System.Text.Encoding.UTF8.GetBytes(part.Name.Replace('-', ' ')));

        private static (SandboxKey Key, string Id) Parse(string name)
        {
            var segments = name.Split('/');
            return (new SandboxKey(segments[0], segments[2]), segments[3]);
        }

        private string Any() => _alive.ElementAt(random.Next(_alive.Count));

        private SandboxKey Key() => new("alice", $"s{random.Next(3)}");

        private CheckpointManifest Note(CheckpointManifest manifest)
        {
            _partsOf[CheckpointNames.Manifest(SandboxKey.Parse(manifest.Sandbox), manifest.Id)] = [.. manifest.Parts.Select(part => part.Digest)];
            return manifest;
        }
    }
}

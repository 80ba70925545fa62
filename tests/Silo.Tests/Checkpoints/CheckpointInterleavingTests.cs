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

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Seeds))]
    public Task A_part_that_goes_while_it_is_wanted_again_is_there_in_the_end(int seed)
    {
        using var directory = new TemporaryDirectory();
        using var loop = new StepLoop();
        var random = new Random(seed);
        for (var round = 0; round < 100; round++) new Run(loop, random, PartCache.Open(directory.Below("cache"), 0, "boot")).Duel();
        return Task.CompletedTask;
    }

    private sealed class Run(StepLoop loop, Random random, PartCache cache)
    {
        private const int Steps = 6_000;
        private const int MostActors = 6;
        private static readonly HashSet<string> _none = [];
        private readonly FakeTimeProvider _time = new();
        private readonly MemoryBlobs _blobs = new();
        private readonly Dictionary<string, LayerDigest[]> _partsOf = new(StringComparer.Ordinal);
        private readonly HashSet<string> _alive = [];
        private readonly HashSet<string> _still = [];
        private readonly HashSet<string> _dead = [];
        private TimeSpan _age = TimeSpan.FromHours(6);
        private int _universe = 2;
        private int _actors;
        private int _saved;
        private int _deleted;

        public void Go()
        {
            _blobs.Now = () => _time.GetUtcNow();
            for (var step = 0; step < Steps; step++)
            {
                Act();
                loop.Step(random, actor => !_still.Contains(Name(actor)) && !_dead.Contains(actor));
                CheckAll(step);
            }

            Assert.InRange(_saved, 15, Steps);
            Assert.InRange(_deleted, 10, Steps);
            End();
        }

        /// <summary>One part of one checkpoint that is deleted, while others save the same part, fork, sweep at once, die.</summary>
        public void Duel()
        {
            _blobs.Now = () => _time.GetUtcNow();
            _universe = 1;
            if (random.Next(2) == 0) _age = TimeSpan.Zero;
            loop.Gated = false;
            Do("first", () => SaveAsync(Store("first"), _blobs.For(loop, "first")));
            loop.Settle();
            loop.Gated = true;
            var (key, id) = Parse(Assert.Single(_partsOf.Keys));
            List<(int At, string Actor, Func<Task> Work)> starts =
            [
                Later("deleter", () => DeleteAsync(Store("deleter"), key, id)),
                Later("saver", () => SaveAsync(Store("saver"), _blobs.For(loop, "saver"))),
            ];
            if (random.Next(3) == 0) starts.Add(Later("sweeper", () => Sweep(_blobs.For(loop, "sweeper")).RunAsync("alice")));
            if (random.Next(3) == 0) starts.Add(Later("second sweeper", () => Sweep(_blobs.For(loop, "second sweeper")).RunAsync("alice")));
            if (random.Next(3) == 0) starts.Add(Later("forker", () => ForkAsync(Store("forker"), key, id)));
            for (var step = 0; loop.Step(random, actor => !_dead.Contains(actor)) || step <= starts.Max(start => start.At); step++)
            {
                foreach (var start in starts.Where(start => start.At == step)) Do(start.Actor, start.Work);
                if (_alive.Count > 1 && random.Next(60) == 0) Die();
                CheckAll(step);
            }

            End();
            loop.Gates.Clear();
            loop.Gated = true;
        }

        /// <summary>Work that begins while others are in the middle of theirs.</summary>
        private (int At, string Actor, Func<Task> Work) Later(string actor, Func<Task> work) => (random.Next(30), actor, work);

        private static string Name(string gate) => gate.StartsWith("net-", StringComparison.Ordinal) ? gate[4..] : gate;

        private void Act()
        {
            _time.Advance(random.Next(150) == 0 ? TimeSpan.FromHours(7) : TimeSpan.FromSeconds(10));
            switch (random.Next(100))
            {
                case < 30 when _alive.Count < MostActors:
                    Begin();
                    break;
                case 30 when _alive.Count > 0:
                    Die();
                    break;
                case < 32 when _alive.Count > 0:
                    _still.Add(Any());
                    break;
                case < 35:
                    if (_still.Count > 0) _still.Remove(_still.ElementAt(random.Next(_still.Count)));
                    break;
                default:
                    break;
            }
        }

        /// <summary>Somebody dies: what it asked for last may still take place, and nothing after that.</summary>
        private void Die()
        {
            var dead = Any();
            _alive.Remove(dead);
            _still.Remove(dead);
            _dead.Add(dead);
            loop.Gates.RemoveAll(gate => gate.Actor == dead || (gate.Actor == $"net-{dead}" && random.Next(2) == 0));
        }

        private void Begin()
        {
            var actor = $"a{++_actors}";
            var blobs = _blobs.For(loop, actor, () => random.Next(200) == 0 ? Fault.AnswerLost : Fault.None);
            var store = Store(actor, blobs);
            var manifests = _partsOf.Keys.Where(_blobs.All.ContainsKey).ToList();
            var (key, id) = manifests.Count == 0 ? (Key(), "") : Parse(manifests[random.Next(manifests.Count)]);

            // Few checkpoints and few parts, so that parts come and go all the time.
            switch (random.Next(20))
            {
                case 0:
                    Do(actor, () => Sweep(blobs).RunAsync("alice"));
                    break;
                case < 4 when id.Length > 0:
                    Do(actor, () => ForkAsync(store, key, id));
                    break;
                case < 12 when id.Length > 0:
                    Do(actor, () => DeleteAsync(store, key, id));
                    break;
                default:
                    Do(actor, () => SaveAsync(store, blobs));
                    break;
            }
        }

        private CheckpointStore Store(string actor, Sandbox.Grains.Storage.IBlobStore? blobs = null) =>
            new(blobs ?? _blobs.For(loop, actor), Drafts.Keys, cache, _time, NullLogger<CheckpointStore>.Instance);

        private CheckpointSweep Sweep(Sandbox.Grains.Storage.IBlobStore blobs) =>
            new(blobs, Options.Create(new CheckpointOptions { UnfinishedAge = _age }), _time, NullLogger<CheckpointSweep>.Instance);

        private async Task SaveAsync(CheckpointStore store, Sandbox.Grains.Storage.IBlobStore blobs)
        {
            var texts = Enumerable.Range(0, _universe).OrderBy(_ => random.Next()).Take(random.Next(1, _universe + 1)).Select(i => $"part {i}").ToList();
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
            for (var i = 0; i < 100_000 && loop.Step(random, actor => !_dead.Contains(actor)); i++)
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

            var store = Store("last");
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

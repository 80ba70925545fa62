using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Checkpoints;

public sealed class PartCacheTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private PartCache _cache;

    public PartCacheTests() => _cache = Open("boot");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_least_recently_used_go_first_and_what_was_given_out_stays()
    {
        var (one, two, three) = (Keep("1111"), Keep("2222"), Part("3333"));
        Assert.True(Take(one, out var given));
        Keep("3333");
        Assert.False(Take(two, out _));
        Assert.True(Take(one, out _));
        Assert.True(Take(three, out _));
        Keep("4444");
        Keep("5555");
        Assert.False(Take(one, out _));
        Assert.Equal("1111", File.ReadAllText(given));
        Assert.InRange(Directory.EnumerateFiles(_directory.Below("cache")).Count(), 1, 3);
    }

    [Fact]
    public void It_lasts_over_a_start_of_the_server_but_not_of_the_machine()
    {
        var part = Keep("1111");
        _cache = Open("boot");
        Assert.True(Take(part, out _));
        _cache = Open("next boot");
        Assert.False(Take(part, out _));
    }

    [Fact]
    public void A_file_that_somebody_wrote_to_is_given_to_nobody()
    {
        var part = Keep("1111");
        Assert.True(Take(part, out var given));
        File.WriteAllText(given, "evil");
        Assert.False(Take(part, out _));
        Keep("1111");
        Assert.True(Take(part, out given));
        Assert.Equal("1111", File.ReadAllText(given));
    }

    [Fact]
    public void Owners_have_their_own_and_what_is_too_large_is_not_kept()
    {
        Assert.False(_cache.TryTake("bob", Keep("1111"), _directory.Below("bobs")));
        Assert.False(Take(Keep("more than ten bytes"), out _));
    }

    private static CheckpointPart Part(string text) => new("part", text.Length, LayerDigest.OfText(text));

    private PartCache Open(string boot) => PartCache.Open(_directory.Below("cache"), 10, boot);

    private CheckpointPart Keep(string text)
    {
        var path = _directory.Below(Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, text);
        _cache.Keep("alice", Part(text), path);
        return Part(text);
    }

    private bool Take(CheckpointPart part, out string path) => _cache.TryTake("alice", part, path = _directory.Below(Guid.NewGuid().ToString("N")));
}

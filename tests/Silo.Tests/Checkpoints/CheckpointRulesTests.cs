using System.Globalization;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Tests.Checkpoints;

/// <summary>The decisions without a store: ids, names, compatibility, retention.</summary>
public sealed class CheckpointRulesTests
{
    private static readonly CheckpointManifest _manifest = Drafts.Manifest(new SandboxKey("alice", "box"));

    private static readonly CheckpointHost _host = new()
    {
        RunscVersions = new HashSet<string> { _manifest.RunscVersion, "another" },
        Platform = "systrap",
        CpuFeatures = new HashSet<string> { "sse4_2", "avx2", "avx512f" },
        Agents = new HashSet<LayerDigest> { _manifest.Agent },
    };

    [Fact]
    public void Ids_are_in_the_order_of_time_and_behind_their_parent()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var ids = Enumerable.Range(0, 50).Select(i => CheckpointId.New(now.AddMilliseconds(i * 40))).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.True(CheckpointId.IsValid(id)));
        Assert.True(string.CompareOrdinal(CheckpointId.New(now.AddHours(-5), ids[^1]), ids[^1]) > 0);
        Assert.False(CheckpointId.IsValid("c../../x"));
    }

    [Theory]
    [InlineData("pages.img", true)]
    [InlineData("image/checkpoint.img", true)]
    [InlineData("logs/p-1.stdout.0", true)]
    [InlineData("other/x", false)]
    [InlineData("../x", false)]
    [InlineData("image/../x", false)]
    [InlineData("image/..", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData(".hidden", false)]
    [InlineData("a/b/c", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\0b", false)]
    public void A_part_has_a_plain_name_or_one_in_a_known_directory(string name, bool valid) => Assert.Equal(valid, PartName.IsValid(name));

    [Fact]
    public void A_host_that_has_everything_restores_it() => Assert.Null(CheckpointCompatibility.Check(_manifest, _host));

    [Fact]
    public void Each_thing_that_a_host_lacks_is_a_refusal_of_its_own_that_names_it()
    {
        Refused(CheckpointRefusalKind.RunscVersion, "release-20240729.0", _host with { RunscVersions = new HashSet<string> { "another" } });
        Refused(CheckpointRefusalKind.Platform, "systrap", _host with { Platform = "ptrace" });
        Refused(CheckpointRefusalKind.CpuFeatures, ": avx2.", _host with { CpuFeatures = new HashSet<string> { "sse4_2" } });
        Refused(CheckpointRefusalKind.AgentVersion, _manifest.Agent.ToString(), _host with { Agents = new HashSet<LayerDigest>() });
        Refused(CheckpointRefusalKind.TemplateMissing, _manifest.Template.ToString(), _host with { MissingLayers = new HashSet<LayerDigest> { _manifest.Template } });
        Refused(CheckpointRefusalKind.TemplateMissing, _manifest.Layers[0].Digest.ToString(), _host with { MissingLayers = new HashSet<LayerDigest> { _manifest.Layers[0].Digest } });
        Refused(CheckpointRefusalKind.Size, "150", _host with { MostBytes = 149 });
    }

    [Fact]
    public void Retention_keeps_the_newest_and_beside_them_the_labelled_and_the_needed()
    {
        var all = Enumerable.Range(1, 6).Select(i => new CheckpointSummary(
            i.ToString(CultureInfo.InvariantCulture), null, default, 1, i == 2 ? "mine" : "", CheckpointKind.Periodic)).ToList();
        Assert.Equal(["1", "4"], CheckpointRetention.Superfluous(all, 2, new HashSet<string> { "3" }));
        Assert.Equal(["1", "4", "5", "6"], CheckpointRetention.Superfluous(all, 0, new HashSet<string> { "3" }));
        Assert.Empty(CheckpointRetention.Superfluous(all, 9, new HashSet<string>()));
    }

    private static void Refused(CheckpointRefusalKind kind, string names, CheckpointHost host)
    {
        var refusal = CheckpointCompatibility.Check(_manifest, host);
        Assert.Equal(kind, refusal?.Kind);
        Assert.Contains(names, refusal!.Message, StringComparison.Ordinal);
        Assert.Contains(_manifest.Id, refusal.Message, StringComparison.Ordinal);
    }
}

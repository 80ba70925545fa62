using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Layers;

/// <summary>Layers come from guests. Each of these is one that means harm; beside the layer lies what it must not reach.</summary>
public sealed class LayerAttackTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _layer;
    private readonly string _victim;

    public LayerAttackTests()
    {
        _layer = _directory.Below("layer");
        _victim = _directory.Below("victim");
        Directory.CreateDirectory(_layer);
        Directory.CreateDirectory(_victim);
        File.WriteAllText(Path.Combine(_victim, "secret"), "secret");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("../victim/new", "'..'")]
    [InlineData("a/../../victim/new", "'..'")]
    [InlineData("..", "'..'")]
    [InlineData("./../victim/new", "'..'")]
    [InlineData("/etc/sandbox-test", "absolute")]
    [InlineData("//etc/sandbox-test", "absolute")]
    [InlineData("", "empty")]
    public void A_name_that_leads_out_is_refused(string name, string why)
    {
        Refuses(new TarText().File(name, "x"), why);
        Refuses(new TarText().Directory(name), why);
        Refuses(new TarText().Link(name, "x"), why);
        Refuses(new TarText().File("f").HardLink(name, "f"), why);
        Refuses(new TarText().File("f").HardLink("g", name), why);
    }

    [Theory]
    [InlineData("../victim/new", "'..'")]
    [InlineData("/victim", "absolute")]
    public void A_name_in_an_extended_header_that_leads_out_is_refused(string name, string why)
    {
        Refuses(new TarText().Pax("path=" + name).File("harmless", "x"), why);
        Refuses(new TarText().Entry('L', "././@LongLink", content: name + "\0").File("harmless", "x"), why);
        Refuses(new TarText().File("f").Pax("linkpath=" + name).HardLink("g", "f"), why);
        Refuses(new TarText().File("f").Entry('K', "././@LongLink", content: name + "\0").HardLink("g", "f"), why);
    }

    [Fact]
    public void A_prefix_field_that_leads_out_is_refused()
    {
        var tar = new TarText().File("new", "x").Unended();
        "../victim"u8.CopyTo(tar.AsSpan(345));
        tar.AsSpan(148, 6).Clear();
        var sum = tar.Take(512).Select((b, i) => i is >= 148 and < 156 ? ' ' : (int)b).Sum();
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0')).CopyTo(tar, 148);
        Refuses([.. tar, .. new byte[1024]], "'..'");
    }

    [Theory]
    [InlineData("../victim")]
    [InlineData("{victim}")]
    public void No_link_of_the_layer_is_followed(string target)
    {
        target = target.Replace("{victim}", _victim, StringComparison.Ordinal);
        const string through = "leads through something that is not a directory";
        Refuses(new TarText().Link("l", target).File("l/new", "x"), through);
        Refuses(new TarText().Link("l", target).Directory("l/new"), through);
        Refuses(new TarText().Link("l", target).Link("l/new", "x"), through);
        Refuses(new TarText().File("f").Link("l", target).HardLink("l/new", "f"), through);
        Refuses(new TarText().Link("l", target).HardLink("stolen", "l/secret"), through);
        Refuses(new TarText().Link("l", target).File("l/.wh.secret"), through);
        Refuses(new TarText().Link("l", target).File("l/.wh..wh..opq"), through);
        Refuses(new TarText().Directory("d").Link("d/l", target).File("d/l/new", "x"), through);
        Refuses(new TarText().Link("l", target).Link("m", "l").File("m/new", "x"), through);
    }

    [Fact]
    public void A_file_is_not_written_through_a_link_or_over_another()
    {
        const string twice = "this name twice";
        var secret = Path.Combine(_victim, "secret");
        Refuses(new TarText().Link("l", secret).File("l", "x"), twice);
        Refuses(new TarText().Link("l", "../victim/new").File("l", "x"), twice);
        Refuses(new TarText().File("f", "1").File("f", "2"), twice);
        Refuses(new TarText().File("f", "1").HardLink("g", "f").File("g", "2"), twice);
        Refuses(new TarText().Link("l", _victim).Directory("l"), twice);
        Refuses(new TarText().Directory("d").File("d", "x"), twice);
        Refuses(new TarText().Directory("d").Link("d", _victim).File("d/new", "x"), twice);
        Refuses(new TarText().File("f").File("./f"), twice);
    }

    [Fact]
    public void A_directory_that_becomes_a_link_does_not_carry_its_metadata_out()
    {
        // The mode of a directory is set at the end: by then nothing may have taken its place.
        Refuses(new TarText().Directory("d", 0x1FF).HardLink("e", "d"), "no file of this layer");
        Refuses(new TarText().Directory("d", 0x1FF).File(".wh.d"), "this name twice");
    }

    [Fact]
    public void A_hard_link_links_only_to_a_file_of_the_layer()
    {
        const string none = "no file of this layer";
        Refuses(new TarText().HardLink("g", "missing"), none);
        Refuses(new TarText().HardLink("g", "."), "it links to a directory");
        Refuses(new TarText().Link("l", Path.Combine(_victim, "secret")).HardLink("g", "l"), none);
        Refuses(new TarText().File(".wh.x").HardLink("g", "x"), none);
        Refuses(new TarText().HardLink("g", "missing/f"), "a directory on its way is missing");
    }

    [Theory]
    [InlineData('3', "devices do not belong")]
    [InlineData('4', "devices do not belong")]
    [InlineData('6', "named pipes do not belong")]
    [InlineData('S', "sparse")]
    [InlineData('D', "type 68 is unknown")]
    [InlineData('M', "type 77 is unknown")]
    [InlineData('V', "type 86 is unknown")]
    public void What_is_no_file_directory_or_link_is_refused(char type, string why) => Refuses(new TarText().Entry(type, "evil"), why);

    [Theory]
    [InlineData("devil/null")]
    [InlineData("srv/dev/null")]
    [InlineData("/dev/null")]
    [InlineData("dev")]
    public void A_device_anywhere_but_in_dev_is_refused(string name) => Refuses(new TarText().Entry('3', name), "devices do not belong");

    [Fact]
    public void A_device_in_dev_brings_nothing_along()
    {
        Refuses(new TarText().Entry('3', "dev/null", content: "x"), "devices do not belong");
        Refuses(new TarText().Entry('3', "dev/null").HardLink("null", "dev/null"), "a directory on its way is missing");
        Unpack(new TarText().Entry('3', "dev/../../victim/secret").ToArray());
        Untouched();
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData(".wh..wh.plnk")]
    [InlineData("d/.wh..wh..wh.orph")]
    public void A_whiteout_of_no_name_is_refused(string name) => Refuses(new TarText().File(name), "whiteout of no name");

    [Fact]
    public void A_whiteout_is_an_empty_file()
    {
        Refuses(new TarText().File(".wh.a", "content"), "a whiteout is an empty file");
        Refuses(new TarText().Link(".wh.a", "b"), "a whiteout is an empty file");
        Refuses(new TarText().Directory(".wh.a"), "a whiteout is an empty file");
    }

    [Fact]
    public void Names_that_no_file_can_have_are_refused()
    {
        Refuses(new TarText().Pax("path=" + new string('n', 256)).File("x"), "longer than 255");
        Refuses(new TarText().Pax("path=" + string.Concat(Enumerable.Repeat("directory/", 500))).File("x"), "longer than 4,095");
        Refuses(new TarText().Pax("path=" + string.Concat(Enumerable.Repeat("d/", 256)) + "f").File("x"), "more than 256 directories deep");
        Refuses(new TarText().Pax("path=a\0b").File("x"), "NUL");
        Refuses(new TarText().Link("l", ""), "its target is empty");
        Refuses(new TarText().Pax("linkpath=a\0b").Link("l", "x"), "its target is empty");
    }

    [Fact]
    public void An_owner_that_means_leave_it_is_refused() =>
        Refuses(new TarText().Pax("uid=4294967295").File("x"), "its owner 4294967295 is none");

    [Fact]
    public void A_global_header_that_changes_later_entries_is_refused()
    {
        Refuses(new TarText().Entry('g', "pax", content: "21 path=../victim/new\n"[..22]).File("x"), "");
        Refuses(new TarText().Pax("GNU.sparse.major=1").File("x"), "GNU.sparse");
    }

    [Fact]
    public void A_header_that_claims_gigabytes_takes_no_memory()
    {
        Refuses(new TarText().Entry('x', "pax", size: 0x7FFFFFFF), "an extended header has 2147483647 bytes");
        Refuses(new TarText().Entry('L', "long", size: 0x7FFFFFFF), "an extended header has 2147483647 bytes");
        Refuses(new TarText().Entry('0', "big", size: 0x1FFFFFFFF), "more than 1000000 bytes");
        Refuses(new TarText().Pax("size=9223372036854775807").File("big"), "more than 1000000 bytes");
        Refuses(new TarText().Pax("size=99999999999999999999").File("big"), "not well-formed");
        Refuses(new TarText().Pax("size=-1").File("big"), "not well-formed");
    }

    [Fact]
    public void A_layer_over_its_limits_is_refused_with_the_entry_that_was_too_much()
    {
        var many = new TarText();
        for (var i = 0; i <= 100; i++)
        {
            many.File($"f{i}");
        }

        Refuses(many, "at entry 'f100'", "more than 100 entries");
        Refuses(new TarText().File("a", new string('x', 600_000)).File("b", new string('x', 600_000)), "at entry 'b'", "more than 1000000 bytes");
        Refuses([.. new TarText().File("a").ToArray(), .. new byte[2_000_000]], "more than 1000000 bytes");
    }

    [Fact]
    public void A_damaged_tar_is_refused()
    {
        var whole = new TarText().File("a", new string('x', 5_000)).ToArray();
        Refuses([], "ends too early");
        Refuses(whole[..700], "ends too early");
        Refuses(new TarText().File("a").Unended(), "ends too early");
        Refuses([.. whole, .. "more"u8], "is wrong");
        Refuses([.. new TarText().Pax("path=x").Unended(), .. new byte[1024]], "is wrong");
        whole[3] ^= 1;
        Refuses(whole, "is wrong");
        Refuses([.. Enumerable.Repeat((byte)'x', 2048)], "is wrong");
        Refuses(new TarText().Entry('x', "pax", content: "999 path=x\n").File("a"), "not well-formed");
        Refuses(new TarText().Entry('x', "pax", content: "nonsense").File("a"), "not well-formed");
        Refuses(new TarText().Entry('5', "d", content: "a directory with content"), "it has content and is no file");
        Refuses(new TarText().Entry('0', "a", owner: "nobody!"), "is wrong");
    }

    [Fact]
    public void Random_damage_never_reaches_outside_or_ends_in_anything_but_a_refusal()
    {
        var random = new Random(1);
        var good = new TarText().Directory("d").File("d/f", "content").Link("d/l", "../victim").HardLink("h", "d/f").Pax("mtime=1.5", "path=d/p").File("x").ToArray();
        for (var round = 0; round < 2_000; round++)
        {
            var tar = good.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                tar[random.Next(tar.Length - 1024)] = (byte)random.Next(256);
            }

            try
            {
                Unpack(tar);
            }
            catch (LayerException)
            {
            }

            Untouched();
        }
    }

    private void Refuses(TarText tar, params string[] why) => Refuses(tar.ToArray(), why);

    private void Refuses(byte[] tar, params string[] why)
    {
        var refused = Assert.Throws<LayerException>(() => Unpack(tar));
        Assert.All(why, part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));
        Untouched();
    }

    private void Unpack(byte[] tar)
    {
        DirectoryTree.Remove(_layer);
        Directory.CreateDirectory(_layer);
        using var unpacker = new LayerUnpacker(_layer, [], new LayerLimits { MaxEntries = 100, MaxBytes = 1_000_000 });
        unpacker.Unpack(new MemoryStream(tar), TestContext.Current.CancellationToken);
    }

    private void Untouched()
    {
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(_victim).Select(Path.GetFileName));
        Assert.Equal("secret", File.ReadAllText(Path.Combine(_victim, "secret")));
        Assert.Equal(2, Directory.GetFileSystemEntries(_directory.Path).Length);
        Assert.False(File.Exists("/etc/sandbox-test"));
    }
}

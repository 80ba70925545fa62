using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Templates.Building;
using Sandbox.Silo.Tests.Layers;

namespace Sandbox.Silo.Tests.Templates.Building;

/// <summary>Files of recipes, which come from strangers: every way out of the recipe's folder that a tar has.</summary>
public sealed class RecipeFilesTests
{
    private static readonly Recipe _all = new() { Base = "base", Files = [new RecipeFile(".", "/srv")] };

    public static TheoryData<string, string> Attacks => new()
    {
        { "file ../x", "goes up by '..'" },
        { "file a/../../x", "goes up by '..'" },
        { "file /etc/passwd", "is absolute" },
        { "file a\nfile a", "its name comes twice" },
        { "file a\nfile ./a", "its name comes twice" },
        { "link a /etc/shadow", "it is a link to an absolute path" },
        { "link a ..", "it is a link out of the recipe's folder" },
        { "link d/a ../../x", "it is a link out of the recipe's folder" },
        { "link d .\nlink e d/../x", "it is a link out of the recipe's folder" },
        { "hard a b", "it is a hard link to what is not in the archive before it" },
        { "hard a /etc/shadow", "is absolute" },
        { "hard a ../x", "goes up by '..'" },
        { "fifo a", "named pipes do not belong" },
        { "device a", "devices do not belong" },
        { "sparse a", "sparse files are not supported" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void What_leads_out_of_the_folder_or_is_no_file_is_refused_and_named(string entries, string why)
    {
        var refused = Assert.Throws<LayerException>(() => Read(Tar(entries)));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsDamage);
    }

    [Fact]
    public void A_tar_that_is_cut_off_or_none_is_refused()
    {
        Assert.Throws<LayerException>(() => Read(new TarText().File("a", "text").Unended()[..700]));
        Assert.Throws<LayerException>(() => Read("no tar at all"u8.ToArray()));
        Assert.Throws<LayerException>(() => RecipeFiles.Read(new MemoryStream(Tar("file a\nfile b\nfile c")), _all, new LayerLimits { MaxEntries = 2 }, CancellationToken.None));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("d", true)]
    [InlineData("d/", true)]
    [InlineData("./d/x", true)]
    [InlineData(".", true)]
    [InlineData("b", false)]
    [InlineData("d/y", false)]
    [InlineData("aa", false)]
    public void What_the_recipe_copies_must_have_been_uploaded(string from, bool there)
    {
        var recipe = _all with { Files = [new RecipeFile(from, "/srv")] };
        var error = Record.Exception(() => RecipeFiles.Read(new MemoryStream(Tar("file a\nfile d/x\nlink d/l ../a")), recipe, new LayerLimits(), CancellationToken.None));
        if (there) Assert.Null(error);
        else Assert.Contains($"The recipe copies '{from}', which was not uploaded", Assert.IsType<TemplateException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_is_of_names_kinds_permissions_and_contents_alone()
    {
        var digest = Read(new TarText().File("a", "one").Directory("d").Link("d/l", "../a").ToArray());
        Assert.Equal(digest, Read(new TarText().Directory("./d/").Link("d/l", "../a").Pax("mtime=5.5").File("a", "one").ToArray()));
        Assert.Equal(digest, Read(new TarText().Entry('0', "a", content: "one", owner: "0001750").Directory("d").Link("d/l", "../a").ToArray()));
        Assert.NotEqual(digest, Read(new TarText().File("a", "two").Directory("d").Link("d/l", "../a").ToArray()));
        Assert.NotEqual(digest, Read(new TarText().File("a", "one", mode: 0x1ED).Directory("d").Link("d/l", "../a").ToArray()));
        Assert.NotEqual(digest, Read(new TarText().File("b", "one").Directory("d").Link("d/l", "../b").ToArray()));
        Assert.NotEqual(digest, Read(new TarText().File("a", "one").Directory("d").Link("d/l", "../d").ToArray()));
    }

    private static string Read(byte[] tar) => RecipeFiles.Read(new MemoryStream(tar), _all, new LayerLimits(), CancellationToken.None);

    private static byte[] Tar(string entries) => entries.Split('\n').Select(entry => entry.Split(' ')).Aggregate(new TarText(), (tar, entry) => entry switch
    {
        ["file", var name] => tar.File(name, "text"),
        ["link", var name, var target] => tar.Link(name, target),
        ["hard", var name, var target] => tar.HardLink(name, target),
        ["fifo", var name] => tar.Entry('6', name),
        ["device", var name] => tar.Entry('3', name),
        _ => tar.Entry('S', entry[1]),
    }).ToArray();
}

using System.Diagnostics;
using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Text;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Layers;

public sealed class LayerUnpackerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _layer;

    public LayerUnpackerTests() => _layer = Make("layer");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void An_entry_keeps_its_content_mode_owner_and_time_to_the_nanosecond()
    {
        Unpack(new TarText()
            .Pax("mtime=1700000000.123456789", "uid=1234567").File("f", "content", 0xDED)
            .Pax("mtime=-1.5").Directory("d", 0x3FF)
            .Pax("mtime=5").Link("l", "/anywhere/../at/all")
            .File("d/inside"));

        Assert.Equal("6755 1234567:0 1700000000.123456789 7", Stat("f", "%a %u:%g", "%s"));
        Assert.Equal("1777 0:0 -1.500000000", Stat("d", "%a %u:%g"));
        Assert.Equal("5.000000000", Stat("l", ""));
        Assert.Equal("/anywhere/../at/all", new FileInfo(Path.Combine(_layer, "l")).LinkTarget);
        Assert.Equal("content", File.ReadAllText(Path.Combine(_layer, "f")));
    }

    [Fact]
    public void The_roots_own_entry_describes_the_layers_directory()
    {
        Unpack(new TarText().Directory("./", 0x1C9).File("./a/b/c"));
        Assert.Equal("711 0:0 1000000000.000000000", Stat(".", "%a %u:%g"));
        Assert.True(File.Exists(Path.Combine(_layer, "a/b/c")));
    }

    [Fact]
    public void Names_are_bytes()
    {
        Unpack(new TarText().File("a\xff").File("a\xfe").File("\xc3\xbc"));
        Assert.True(File.Exists(Path.Combine(_layer, "ü")));
        Assert.Equal(3, Directory.GetFiles(_layer).Length);
    }

    [Fact]
    public void Zeros_are_holes_and_are_read_as_zeros()
    {
        var zeros = new string('\0', 20_000_000);
        var mixed = zeros[..1_000_001] + "in the middle" + zeros[..3_000_000] + "at the end";
        Unpack(new TarText().File("zeros", zeros).File("mixed", mixed).File("after", "content"));
        Assert.Equal("0 20000000", Run("stat", "-c", "%b %s", Path.Combine(_layer, "zeros")));
        Assert.InRange(int.Parse(Run("stat", "-c", "%b", Path.Combine(_layer, "mixed")), null), 1, 2 * 65_536 / 512);
        Assert.Equal(mixed, File.ReadAllText(Path.Combine(_layer, "mixed")));
        Assert.Equal("content", File.ReadAllText(Path.Combine(_layer, "after")));
    }

    [Fact]
    public void Devices_of_an_images_dev_are_left_out_and_what_comes_behind_them_is_itself()
    {
        Unpack(new TarText().Directory("./dev/").Pax("mtime=5", "uid=7").Entry('3', "./dev/null").Entry('4', "dev/sda").File("dev/file", "x").File("after"));
        Assert.Equal(["file"], Directory.GetFileSystemEntries(Path.Combine(_layer, "dev")).Select(Path.GetFileName));
        Assert.Equal("644 0:0 1000000000.000000000", Stat("after", "%a %u:%g"));
    }

    [Fact]
    public void Hard_links_are_one_file()
    {
        Unpack(new TarText().File("d/a", "x").HardLink("b", "./d/a"));
        Assert.Equal("2", Run("stat", "-c", "%h", Path.Combine(_layer, "b")));
    }

    [Fact]
    public void Whiteouts_become_devices_that_the_guests_overlay_understands()
    {
        Unpack(new TarText().File("d/.wh.gone").File(".wh..hidden"));
        Assert.Equal("character special file 0:0", Run("stat", "-c", "%F %t:%T", Path.Combine(_layer, "d/gone")));
        Assert.Equal("character special file 0:0", Run("stat", "-c", "%F %t:%T", Path.Combine(_layer, ".hidden")));
    }

    [Fact]
    public void An_opaque_directory_hides_whatever_lies_below_it_and_below_what_is_in_it()
    {
        var lowest = Make("lowest");
        var middle = Make("middle");
        Unpack(lowest, [], new TarText().File("d/low").File("d/both").File("d/sub/deep").File("d/erased").File("d/file/x").File("other/x"));
        Unpack(middle, [lowest], new TarText().File("d/mid").File("d/.wh.erased").File("d/both").File("d/own"));
        Unpack(_layer, [lowest, middle], new TarText().File("d/own").Directory("d/sub").File("d/.wh..wh..opq").File("d/sub/new").File("d/file"));

        Assert.Equal(["both", "low", "mid"], Whiteouts("d"));
        Assert.Equal(["deep"], Whiteouts("d/sub"));
        Assert.False(Directory.Exists(Path.Combine(_layer, "other")));
    }

    [Fact]
    public void An_opaque_directory_sees_nothing_below_where_a_parent_put_something_else()
    {
        var lowest = Make("lowest");
        var middle = Make("middle");
        Unpack(lowest, [], new TarText().File("d/e/low"));
        Unpack(middle, [lowest], new TarText().Link("d", "/etc"));
        Unpack(_layer, [lowest, middle], new TarText().File("d/e/.wh..wh..opq"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_layer, "d/e")));
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void What_System_Formats_Tar_writes_is_read(TarEntryFormat format)
    {
        var name = string.Concat(Enumerable.Repeat("directory/", 9)) + "file-" + new string('n', format == TarEntryFormat.Ustar ? 50 : 200);
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, format, leaveOpen: true))
        {
            TarEntry entry = format switch
            {
                TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                _ => new GnuTarEntry(TarEntryType.RegularFile, name),
            };
            entry.DataStream = new MemoryStream(new byte[700_000]);
            writer.WriteEntry(entry);
        }

        Unpack(_layer, [], bytes.ToArray());
        Assert.Equal(700_000, new FileInfo(Path.Combine(_layer, name)).Length);
    }

    [Theory]
    [InlineData("posix")]
    [InlineData("gnu")]
    [InlineData("ustar")]
    public void What_GNU_tar_writes_is_unpacked_as_it_was(string format)
    {
        var from = Make("from");
        Directory.CreateDirectory(Path.Combine(from, "d", new string('x', 80)));
        File.WriteAllText(Path.Combine(from, "d", "empty"), "");
        File.WriteAllBytes(Path.Combine(from, "d", "big"), [.. Enumerable.Range(0, 1_000_001).Select(i => (byte)i)]);
        File.WriteAllText(Path.Combine(from, "tool"), "#!", Encoding.ASCII);
        File.SetUnixFileMode(Path.Combine(from, "tool"), (UnixFileMode)0x9ED);
        File.CreateSymbolicLink(Path.Combine(from, "link"), new string('y', 90));
        Run("ln", Path.Combine(from, "d/big"), Path.Combine(from, "hard"));
        Run("touch", "-d", "2001-02-03 04:05:06", Path.Combine(from, "d", "empty"), Path.Combine(from, "tool"), Path.Combine(from, "d", "big"), from);
        Run("tar", "-C", from, "-cf", _directory.Below("tar"), "--format=" + format, "--sort=name", ".");

        Unpack(_layer, [], File.ReadAllBytes(_directory.Below("tar")));
        const string seen = "find . -printf '%y %m %U %G %n %s %l %p\\n' | grep -v ' \\.$' | sort; find . -type f -exec sha256sum {} + | sort; find . -name tool -printf '%T@'";
        Assert.Equal(Run("sh", "-c", $"cd {from}; {seen}").Replace(" 4096 ", " ", StringComparison.Ordinal), Run("sh", "-c", $"cd {_layer}; {seen}").Replace(" 4096 ", " ", StringComparison.Ordinal));
    }

    [Fact]
    public void Attributes_of_users_are_kept_and_others_are_not()
    {
        Unpack(new TarText().Pax("SCHILY.xattr.user.note=hello", "SCHILY.xattr.trusted.overlay.opaque=y", "SCHILY.xattr.security.capability=x").File("f"));
        var file = Path.Combine(_layer, "f");
        Assert.Equal(5, ExtendedAttributeSize(file, "user.note", 0, 0));
        Assert.Equal(-1, ExtendedAttributeSize(file, "trusted.overlay.opaque", 0, 0));
        Assert.Equal(-1, ExtendedAttributeSize(file, "security.capability", 0, 0));
    }

    [DllImport("libc", EntryPoint = "getxattr", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern nint ExtendedAttributeSize(string path, string name, nint value, nuint size);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private string[] Whiteouts(string below) =>
        Run("find", Path.Combine(_layer, below), "-maxdepth", "1", "-type", "c", "-printf", "%f\\n").Split('\n').Order(StringComparer.Ordinal).ToArray();

    private string Stat(string name, string before, string after = "") => Run("stat", "-c", $"{before} %.9Y {after}".Trim(), Path.Combine(_layer, name));

    private string Make(string name) => Directory.CreateDirectory(_directory.Below(name)).FullName;

    private void Unpack(TarText tar) => Unpack(_layer, [], tar);

    private static void Unpack(string directory, IReadOnlyList<string> parents, TarText tar) => Unpack(directory, parents, tar.ToArray());

    private static void Unpack(string directory, IReadOnlyList<string> parents, byte[] tar)
    {
        using var unpacker = new LayerUnpacker(directory, parents, new LayerLimits());
        unpacker.Unpack(new MemoryStream(tar), Cancel);
    }
}

using System.Formats.Tar;
using Sandboxes.Files;

namespace Sandboxes.Tests;

/// <summary>Directories of this machine as archives, and what a hostile sandbox could send in the place of one.</summary>
public sealed class DirectoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-directory-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_directory, "in");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory(Timeout = 30_000)]
    [InlineData("../outside")]
    [InlineData("/tmp/sandbox-directory-outside")]
    [InlineData("a/../../outside")]
    [InlineData("d/../outside")]
    [InlineData("..")]
    public async Task A_name_that_leads_out_is_refused(string name)
    {
        foreach (var type in (TarEntryType[])[TarEntryType.RegularFile, TarEntryType.Directory, TarEntryType.SymbolicLink])
            await AssertRefusedAsync(name, (type, name, "target"));
        Assert.False(File.Exists(Path.Combine(_directory, "outside")));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    public async Task What_is_neither_file_nor_directory_nor_link_is_refused(TarEntryType type)
    {
        var outside = Path.Combine(_directory, "outside");
        await File.WriteAllTextAsync(outside, "kept", Cancel);
        await AssertRefusedAsync("there", (type, "there", outside), (TarEntryType.RegularFile, "there", ""));
        Assert.Equal("kept", await File.ReadAllTextAsync(outside, Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task Nothing_is_written_through_a_link_and_none_that_leads_out_is_made()
    {
        var outside = Path.Combine(_directory, "outside");
        await File.WriteAllTextAsync(outside, "kept", Cancel);
        var leftOut = await UnpackAsync(
            (TarEntryType.SymbolicLink, "out", _directory), (TarEntryType.RegularFile, "out/outside", ""), (TarEntryType.SymbolicLink, "passwd", "/etc/passwd"),
            (TarEntryType.SymbolicLink, "up", ".."), (TarEntryType.RegularFile, "fine", ""), (TarEntryType.SymbolicLink, "in", "fine"),
            // Each by itself stays in; together the second would go up from where the first leads.
            (TarEntryType.SymbolicLink, "here", "."), (TarEntryType.SymbolicLink, "trick", "here/../outside"),
            (TarEntryType.Directory, "a/b", ""), (TarEntryType.SymbolicLink, "a/b/fine", "../../fine"), (TarEntryType.SymbolicLink, "a/b/not", "../../../outside"));
        Assert.Equal(["a/b/not", "out", "passwd", "trick", "up"], leftOut.Order(StringComparer.Ordinal));
        Assert.Equal("kept", await File.ReadAllTextAsync(outside, Cancel));
        Assert.Equal("evil", await File.ReadAllTextAsync(Path.Combine(Target, "a/b/fine"), Cancel));
        Assert.Equal("evil", await File.ReadAllTextAsync(Path.Combine(Target, "out/outside"), Cancel));
        foreach (var path in Directory.GetFileSystemEntries(Target, "*", new EnumerationOptions { RecurseSubdirectories = false }))
            Assert.True(new FileInfo(path).LinkTarget is null or "fine" or ".", path);

        // A link that was here before, and one below a link of the archive.
        File.CreateSymbolicLink(Path.Combine(Target, "mine"), _directory);
        await AssertRefusedAsync("mine/outside", (TarEntryType.RegularFile, "mine/outside", ""));
        await AssertRefusedAsync("l/below", (TarEntryType.SymbolicLink, "l", "a"), (TarEntryType.SymbolicLink, "l/below", "fine"));
        await AssertRefusedAsync("a", (TarEntryType.SymbolicLink, "a", "fine"));
        Assert.Equal("kept", await File.ReadAllTextAsync(outside, Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task Nothing_is_setuid_and_of_two_of_one_name_the_later_one_counts()
    {
        await UnpackAsync((TarEntryType.RegularFile, "x", ""), (TarEntryType.SymbolicLink, "x", "y"), (TarEntryType.RegularFile, "x", ""), (TarEntryType.Directory, "d", ""));
        Assert.Equal("evil", await File.ReadAllTextAsync(Path.Combine(Target, "x"), Cancel));
        Assert.Equal((UnixFileMode)0x1ff, File.GetUnixFileMode(Path.Combine(Target, "x")));
        Assert.Equal((UnixFileMode)0x1ff, File.GetUnixFileMode(Path.Combine(Target, "d")));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_archive_that_is_cut_short_or_none_says_after_which_entry()
    {
        using var whole = Archive((TarEntryType.RegularFile, "one", ""), (TarEntryType.RegularFile, "two", ""));
        var bytes = whole.ToArray();
        foreach (var length in (int[])[bytes.Length - 2_500, 1_537])
        {
            using var cut = new MemoryStream(bytes[..length]);
            await Assert.ThrowsAsync<ServerException>(() => DirectoryUnpacking.UnpackAsync(cut, Target, Cancel));
        }

        using var text = new MemoryStream(new byte[2048].Select(_ => (byte)'x').ToArray());
        await Assert.ThrowsAsync<ServerException>(() => DirectoryUnpacking.UnpackAsync(text, Target, Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_directory_is_packed_and_unpacked_as_it_was_and_who_stops_reading_stops_it()
    {
        var from = Directory.CreateDirectory(Path.Combine(_directory, "from", "deep", new string('n', 200))).FullName;
        await File.WriteAllBytesAsync(Path.Combine(from, "big"), new byte[9_000_000], Cancel);
        File.CreateSymbolicLink(Path.Combine(_directory, "from", "link"), "deep");
        await DirectoryPacking.PackAsync(Path.Combine(_directory, "from"), archive => DirectoryUnpacking.UnpackAsync(archive, Target, Cancel), Cancel);
        Assert.Equal(9_000_000, new FileInfo(Path.Combine(Target, "link", new string('n', 200), "big")).Length);
        await Assert.ThrowsAsync<TimeoutException>(() => DirectoryPacking.PackAsync(Path.Combine(_directory, "from"), _ => throw new TimeoutException(), Cancel));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => DirectoryPacking.PackAsync(Path.Combine(_directory, "none"), _ => Task.CompletedTask, Cancel));
    }

    private async Task AssertRefusedAsync(string named, params (TarEntryType Type, string Name, string Target)[] entries)
    {
        var refused = await Assert.ThrowsAsync<ServerException>(() => UnpackAsync(entries));
        Assert.Contains($"'{named}'", refused.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string>> UnpackAsync(params (TarEntryType Type, string Name, string Target)[] entries)
    {
        using var archive = Archive(entries);
        return await DirectoryUnpacking.UnpackAsync(archive, Target, Cancel);
    }

    private static MemoryStream Archive(params (TarEntryType Type, string Name, string Target)[] entries)
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, leaveOpen: true))
        {
            foreach (var (type, name, target) in entries)
            {
                var entry = new PaxTarEntry(type, name) { Mode = (UnixFileMode)0xfff };
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = target;
                if (type is TarEntryType.RegularFile) entry.DataStream = new MemoryStream("evil"u8.ToArray());
                writer.WriteEntry(entry);
            }
        }

        bytes.Position = 0;
        return bytes;
    }
}

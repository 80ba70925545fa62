using Sandbox.Grains.Files;
using Sandbox.Grains.Hosting;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Layers;
using static Sandbox.Silo.Tests.Sandboxes.FileTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Archives that mean harm to the sandbox that unpacks them, as root even. Beside the directory lies what they must not reach; the error names the entry.</summary>
[Collection("runsc")]
public sealed class LiveArchiveAttackTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Setup = "mkdir -p /srv/in /srv/victim; echo secret > /srv/victim/secret; chmod 600 /srv/victim/secret; ln -s /srv/victim /srv/in/before";
    private const string Untouched = "cd /srv; cat victim/secret; ls -A victim; stat -c %a victim/secret; ls -A /srv | tr '\\n' ' '; test ! -e /etc/evil";
    private int _uploads;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task An_archive_reaches_nothing_outside_of_its_directory_and_the_error_names_the_entry()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one", LiveHost.Spec with { Root = true });
        await sandbox.RunAsync(Setup);
        var deep = string.Concat(Enumerable.Repeat("directory/", 420));

        (string What, string Entry, TarText Tar)[] refused =
        [
            ("absolute", "/etc/evil", new TarText().File("/etc/evil", "x")),
            ("absolute, in an extended header", "/etc/evil", new TarText().Pax("path=/etc/evil").File("fine", "x")),
            ("absolute, in a long name", "/etc/evil", new TarText().Entry('L', "././@LongLink", content: "/etc/evil\0").File("fine", "x")),
            ("up", "../victim/new", new TarText().File("../victim/new", "x")),
            ("up, in the middle", "a/../../victim/new", new TarText().Directory("a").File("a/../../victim/new", "x")),
            ("up, a directory", "..", new TarText().Directory("..", 0x1FF)),
            ("through a link of the archive", "l/new", new TarText().Link("l", "/srv/victim").File("l/new", "x")),
            ("through a link up", "l/new", new TarText().Link("l", "../victim").File("l/new", "x")),
            ("through a link, a directory", "l/new", new TarText().Link("l", "/srv/victim").Directory("l/new")),
            ("through a link over a directory of the same name", "l/new", new TarText().Link("l", "/srv/victim").Directory("l").File("l/new", "x")),
            ("through a link of a link", "m/new", new TarText().Link("l", "/srv/victim").Link("m", "l").File("m/new", "x")),
            ("through a link that was there", "before/new", new TarText().File("before/new", "x")),
            ("hard link up", "h", new TarText().HardLink("h", "../victim/secret")),
            ("hard link, absolute", "h", new TarText().HardLink("h", "/srv/victim/secret")),
            ("hard link through a link", "h", new TarText().Link("l", "/srv/victim").HardLink("h", "l/secret")),
            ("hard link to a link", "h", new TarText().Link("l", "/srv/victim/secret").HardLink("h", "l")),
            ("character device", "dev", new TarText().Entry('3', "dev")),
            ("block device", "dev", new TarText().Entry('4', "dev")),
            ("named pipe", "pipe", new TarText().Entry('6', "pipe")),
            ("sparse", "sparse", new TarText().Entry('S', "sparse", size: 0x1FFFFFFFF)),
            ("larger than the disk", "large", new TarText().Entry('0', "large", size: 0x1FFFFFFFF)),
            ("no size at all", "large", new TarText().Pax("size=18446744073709551615").File("large")),
            ("a header that claims gigabytes", "after", new TarText().File("before-it").Pax("path=after").Entry('x', "pax", size: 0x1FFFFFFFF)),
            ("a part of a name over 255", new string('n', 256), new TarText().Pax("path=" + new string('n', 256)).File("fine")),
            ("a name over 4,095", "entry 2", new TarText().File("fine").Pax("path=" + deep).File("not")),
            ("a NUL", "entry 1", new TarText().Pax("path=a\0b").File("fine")),
            ("cut short", "half", new TarText().Entry('0', "half", size: 5_000)),
            ("no archive", "entry 1", new TarText().Raw([.. Enumerable.Repeat((byte)'x', 2048)])),
            ("compressed", "compressed", new TarText().Raw([0x1f, 0x8b, 8, .. new byte[1021]])),
            ("a wrong sum", "entry 2", new TarText().File("fine").Raw([.. new TarText().File("other").Unended().Select((b, i) => i == 3 ? (byte)1 : b)])),
        ];
        foreach (var (what, entry, tar) in refused)
        {
            var error = await UnpackAsync(sandbox, tar, ended: what is not "cut short");
            Assert.True(error is not null, what);
            Assert.True(error.Message.Contains(entry, StringComparison.Ordinal), $"{what}: {error.File} {error.Message}");
            Assert.Equal("secret\nsecret\n600\nin victim ", await sandbox.RunAsync(Untouched));
            await sandbox.RunAsync("find /srv/in -mindepth 1 ! -name before -delete");
        }
    }

    [LiveFact]
    public async Task What_is_odd_and_harmless_is_unpacked_and_nothing_of_it_is_setuid()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one", LiveHost.Spec with { Root = true });
        await sandbox.RunAsync(Setup);
        var many = new TarText();
        for (var i = 0; i < 1_000; i++) many.File($"many/{i}");
        many.File("many/setuid", "x", 0xFFF).Directory("many/sticky", 0xFFF).File("twice", "first").File("./twice", "second").Link("twice/../x", "y");
        Assert.Contains("twice/../x", (await UnpackAsync(sandbox, many))!.Message, StringComparison.Ordinal);
        Assert.Equal("1001\n1777\nsecond", await sandbox.RunAsync("cd /srv/in; ls many | grep -v sticky | wc -l; stat -c %a many/setuid; cat twice"));

        // A file takes a link's place, and no one writes through it; a name of 4,000 bytes is one like others.
        var deep = string.Concat(Enumerable.Repeat("directory/", 400));
        Assert.Null(await UnpackAsync(sandbox, new TarText().Link("l", "/srv/victim/secret").File("l", "mine").Pax($"path={deep}f").File("x", "deep").File("o").HardLink("p", "o")));
        Assert.Equal("mine deep 2\n", await sandbox.RunAsync($"cd /srv/in; echo $(cat l) $(cat {deep}f) $(stat -c %h p); ! test -L l"));
        Assert.Equal("secret\nsecret\n600\nin victim ", await sandbox.RunAsync(Untouched));
    }

    private async Task<Grains.Sandboxes.SandboxError?> UnpackAsync(ILiveSandbox sandbox, TarText tar, bool ended = true)
    {
        var write = new FileWrite { Path = Bytes("/srv/in"), Upload = $"attack-{++_uploads}", Unpack = true, Finish = true, Offset = 0, Root = true };
        return (await sandbox.WriteFileAsync(write, ended ? tar.ToArray() : tar.Unended(), Test)).Error;
    }
}

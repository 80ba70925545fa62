using System.Diagnostics;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Sandboxes;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>Snapshots of sandboxes that run, and sandboxes from them.</summary>
[Collection("runsc")]
public sealed class TakingTests(TestBinaries binaries, LiveTemplate template)
{
    /// <summary>Every kind of file and name that a program can make and a layer can hold.</summary>
    public const string Torture = """
        set -e; umask 022; mkdir -p /srv/t; cd /srv/t
        printf x > plain; : > empty; head -c 3000000 /dev/urandom > large; ln plain hard; mkdir sub; ln plain sub/harder
        ln -s plain soft; ln -s /nowhere/at/all dangling; ln -s "$(printf 'y%.0s' $(seq 200))" longlink; ln -s "$(printf 'a\nb')" 'newline link'
        printf n > "$(printf 'line\nbreak')"; printf u > "$(printf 'not-utf8-\377\376')"; printf u > "$(printf 'not-utf8-\377\375')"; printf ' ' > ' '; printf - > -- '-rf'; printf '*' > '*'; printf 'ü' > 'ü'
        n=$(printf 'n%.0s' $(seq 255)); printf l > "$n"; mkdir -p "$n-".d 2>/dev/null || :; d=.; for i in $(seq 12); do d=$d/$(printf 'd%.0s' $(seq 100)); done; mkdir -p $d; printf deep > $d/file
        mkdir m; printf s > m/suid; chmod 4755 m/suid; printf g > m/sgid; chmod 2711 m/sgid; mkdir m/sticky; chmod 1777 m/sticky; printf 0 > m/none; chmod 0 m/none; mkdir m/closed; printf c > m/closed/in; chmod 0 m/closed
        printf o > m/owned; chown 1000:1234567 m/owned; chown -h 3:4 soft
        touch -d '1969-12-31 23:59:58 UTC' m/before; touch -d '2001-02-03 04:05:06.123456789 UTC' m/fraction; touch -h -d '2002-02-02 UTC' dangling; touch -d '2003-03-03 UTC' m/sticky
        python3 -c 'import os; os.setxattr("plain", "user.note", b"\x00bin\xff"); os.setxattr("m", "user.dir", b"d")' || echo no attributes > noattr
        """;

    /// <summary>Shows all of it, one line an entry.</summary>
    public const string Show = "cd /srv/t; " + ShowHere;

    /// <summary>Shows all that is in the present directory.</summary>
    public const string ShowHere = """
        python3 - <<'END'
        import hashlib, os, stat
        def show(path):
            info = os.lstat(path)
            what = os.readlink(path) if stat.S_ISLNK(info.st_mode) else hashlib.sha256(open(path, 'rb').read()).hexdigest() if stat.S_ISREG(info.st_mode) else b''
            size = 0 if stat.S_ISDIR(info.st_mode) else info.st_size
            links = 1 if stat.S_ISDIR(info.st_mode) else info.st_nlink
            print(ascii(path), oct(info.st_mode), info.st_uid, info.st_gid, info.st_mtime_ns, size, links, ascii(what))
            if stat.S_ISDIR(info.st_mode):
                for name in sorted(os.listdir(path)):
                    show(os.path.join(path, name))
        show(b'.')
        END
        """;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task What_a_program_made_of_every_kind_is_the_same_in_a_sandbox_from_its_snapshot()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        Assert.Equal("", await RunAsync(sandbox, "make", Torture));
        var before = await RunAsync(sandbox, "show", Show);
        var taken = await TakeAsync(sandbox, "torture");
        Assert.Empty(taken.Changed);
        Assert.Empty(taken.LeftOut);

        var copy = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "torture" });
        var after = await RunAsync(copy, "show", Show);
        Assert.Contains("not-utf8", before, StringComparison.Ordinal);
        Assert.Equal(before.Split('\n'), after.Split('\n'));
    }

    [LiveFact]
    public async Task A_file_of_holes_larger_than_the_sandbox_may_be_fills_no_disk()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        Assert.Equal("", await RunAsync(sandbox, "make", "truncate -s 400M /tmp/holes; echo end >> /tmp/holes"));
        await TakeAsync(sandbox, "holes");
        var copy = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "holes" });
        Assert.Equal("419430404\nend\n", await RunAsync(copy, "look", "stat -c %s /tmp/holes; tail -c 4 /tmp/holes"));
        using var du = Process.Start(new ProcessStartInfo("du", ["--summarize", "--block-size=1", host.Data.Layers]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        Assert.InRange(int.Parse((await du.StandardOutput.ReadToEndAsync(Test)).Split('\t')[0], null), 0, 20_000_000);
    }

    [LiveFact]
    public async Task Snapshots_of_snapshots_keep_what_each_changed_deleted_and_replaced()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new() { Size = 0, Created = 0, Snapshots = 0 });
        string? snapshot = null;
        string[] steps =
        [
            "mkdir -p /srv/d/e; echo 1 > /srv/d/old; echo 1 > /srv/d/e/f; echo 1 > /srv/gone; echo 1 > /srv/kept; rm /usr/bin/perl",
            "rm /srv/gone; echo 2 > /srv/two",
            "rm -r /srv/d; mkdir /srv/d; echo 3 > /srv/d/new",
            "rm /srv/two; ln -s kept /srv/two; mkdir /srv/gone",
            "mv /srv/d /srv/moved; echo 5 >> /srv/kept",
            "rm -r /srv/gone; echo 6 > /srv/gone; chmod 600 /srv/kept",
        ];
        for (var i = 0; i < steps.Length; i++)
        {
            var sandbox = await host.CreateAsync($"owner/box-{i}", LiveHost.Spec with { Snapshot = snapshot });
            Assert.Equal("", await RunAsync(sandbox, "step", $"set -e; {steps[i]}"));
            var taken = await TakeAsync(sandbox, $"step-{i}");
            Assert.Equal(snapshot, taken.Snapshot.Parent);
            Assert.Equal(i + 2, taken.Snapshot.LayerCount);
            snapshot = taken.Snapshot.Name;
            await sandbox.DisposeAsync();
        }

        var last = await host.CreateAsync("owner/last", LiveHost.Spec with { Snapshot = snapshot });
        const string look = "cd /srv; find . | sort | tr '\\n' ' '; cat gone kept moved/new two; stat -c %a kept; test -e /usr/bin/perl || echo no perl";
        Assert.Equal(". ./gone ./kept ./moved ./moved/new ./two 6\n1\n5\n3\n1\n5\n600\nno perl\n", await RunAsync(last, "look", look));
    }

    [LiveFact]
    public async Task A_snapshot_stands_on_what_its_sandbox_was_started_from_though_that_was_renamed_since()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        await TakeAsync(await host.CreateAsync("owner/one"), "below");
        var sandbox = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "below" });
        Assert.True((await host.Snapshots.RenameAsync("owner", "below", "renamed", Test)).Succeeded);

        Assert.Equal("renamed", (await TakeAsync(sandbox, "above")).Snapshot.Parent);
        var refused = await host.Snapshots.DeleteAsync("owner", "renamed", cascade: false, Test);
        Assert.Contains("'above'", refused.Error?.Message, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task A_file_that_changes_meanwhile_is_told_and_what_a_layer_cannot_hold_is_left_out_and_told()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        const string left = "set -e; mkdir /srv/x; cd /srv/x; mkfifo fifo; echo k > .wh.kept; echo f > fine; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'; "
            + "python3 -c 'import os\nfor i in range(300):\n os.mkdir(\"d\"); os.chdir(\"d\")'";
        Assert.Equal("", await RunAsync(sandbox, "make", left));
        await (await sandbox.StartAsync(LiveTesting.Shell("writer", "head -c 30000000 /dev/zero > /srv/busy; echo on; while :; do echo more >> /srv/busy; done") with { Root = true })).UntilAsync("on");

        var taken = await TakeAsync(sandbox, "name");
        Assert.Contains("srv/busy", taken.Changed);
        Assert.Equal(["srv/x/.wh.kept", "srv/x/fifo", "srv/x/sock"], taken.LeftOut.Where(path => !path.Contains("/d/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Single(taken.LeftOut, path => path.EndsWith("/d/d/d", StringComparison.Ordinal));
        var copy = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "name" });
        Assert.Equal("fine\n1\n", await RunAsync(copy, "look", "ls /srv/x | grep -v d; test $(stat -c %s /srv/busy) -ge 30000000 && echo 1"));
    }

    [LiveFact]
    public async Task A_name_that_is_taken_is_refused_and_the_sandbox_goes_on()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        await TakeAsync(sandbox, "name");
        Assert.Equal(SandboxErrorCode.Conflict, (await sandbox.SnapshotAsync("name", new SnapshotOptions(), Test)).Error?.Code);
        Assert.True((await sandbox.SnapshotAsync("name", new SnapshotOptions { Overwrite = true }, Test)).Succeeded);
        Assert.Equal("on\n", await RunAsync(sandbox, "on", "echo on"));
    }

    [LiveFact]
    public async Task Files_that_are_replaced_while_they_are_listed_are_in_it_once()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        const string busy = "import os\nprint('on', flush=True)\nwhile True:\n for i in range(40):\n  open('next', 'w').write('x')\n  os.rename('next', f'f{i}')";
        var process = await sandbox.StartAsync(Code("busy", Language.Python, busy));
        await process.UntilAsync("on\n");
        for (var round = 0; round < 20; round++)
        {
            Assert.True((await sandbox.SnapshotAsync("busy", new SnapshotOptions { Overwrite = true }, Test)).Succeeded);
            await using var copy = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "busy" });
        }
    }

    private static async Task<TakenSnapshot> TakeAsync(ILiveSandbox sandbox, string name)
    {
        var taken = await sandbox.SnapshotAsync(name, new SnapshotOptions(), Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        return taken.Value;
    }

    private static async Task<string> RunAsync(ILiveSandbox sandbox, string id, string script)
    {
        var process = await sandbox.StartAsync(LiveTesting.Shell(id, $"exec 2>&1; {script}") with { Root = true });
        return await process.TextAsync();
    }
}

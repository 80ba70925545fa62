using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.FileTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Files of a sandbox in gVisor, by the agent that ships.</summary>
[Collection("runsc")]
public sealed class LiveFilesTests(TestBinaries binaries, LiveTemplate template, ITestOutputHelper output)
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_file_is_written_in_parts_and_appears_whole_and_once()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        var (first, second) = (content[..2_000_000], content[2_000_000..]);
        var write = Write("/home/user/a/b/file") with { Parents = true, Finish = false };
        Assert.Equal(2_000_000, (await sandbox.PutAsync(write, first)).Offset);
        Assert.Equal(2_000_000, (await sandbox.PutAsync(write, first)).Offset);
        Assert.Equal(FileErrorKind.NoSuchFile, (await sandbox.FailToReadAsync("/home/user/a/b/file")).File);
        var gap = await sandbox.WriteFileAsync(write with { Offset = 2_500_000 }, second, Test);
        Assert.Equal((FileErrorKind.OtherOffset, 2_000_000), (gap.Error!.File, gap.Error.Expected));
        var last = write with { Offset = 2_000_000, Finish = true, Mode = 0x1e8 };
        var written = await sandbox.PutAsync(last, second);
        Assert.Equal((3_000_000, 3_000_000, 0x1e8), (written.Offset, written.Entry!.Size, written.Entry.Mode));
        Assert.Equal(written.Entry.Tag, (await sandbox.PutAsync(last, second)).Entry!.Tag);
        Assert.Equal(FileErrorKind.NoSuchUpload, (await sandbox.WriteFileAsync(last with { Upload = "other" }, second, Test)).Error!.File);
        Assert.Equal(content, await sandbox.ReadFileAsync("/home/user/a/b/file"));
        Assert.Equal(content[1_999_990..2_000_010], await sandbox.ReadFileAsync("/home/user/a/b/file", 1_999_990, 20));
        Assert.Empty(await sandbox.ReadFileAsync("/home/user/a/b/file", 3_000_001));
        Assert.Equal("750 1000 1000 3000000\n", await sandbox.RunAsync("stat -c '%a %u %g %s' ~/a/b/file"));

        // Over an existing file its rights stay, and readers of the old one go on.
        await sandbox.RunAsync("chmod 600 ~/a/b/file");
        await sandbox.PutAsync(Write("/home/user/a/b/file", "u2"), Bytes("new"));
        Assert.Equal(("new", 0x180), (Text(await sandbox.ReadFileAsync("/home/user/a/b/file")), (await sandbox.StatAsync("/home/user/a/b/file")).Mode));
        Assert.Equal(FileErrorKind.Exists, (await sandbox.WriteFileAsync(Write("/home/user/a/b/file", "u3") with { KeepExisting = true }, Bytes("x"), Test)).Error!.File);
        await sandbox.PutAsync(Write("/home/user/a/b/file", "u3") with { Abandon = true }, []);
        Assert.Equal(["/home/user/a/b/file"], await sandbox.PathsAsync(Query(FileQueryKind.List, "/home/user/a/b")));

        var append = new FileWrite { Path = Bytes("/home/user/log") };
        await sandbox.PutAsync(append with { Offset = 0 }, Bytes("one\n"));
        Assert.Equal(8, (await sandbox.PutAsync(append, Bytes("two\n"))).Offset);
        Assert.Equal(8, (await sandbox.WriteFileAsync(append with { Offset = 4 }, Bytes("two\n"), Test)).Error!.Expected);
        Assert.Equal("one\ntwo\n", Text(await sandbox.ReadFileAsync("/home/user/log")));
    }

    [LiveFact]
    public async Task Of_the_interpreter_that_waited_in_it_nothing_is_among_its_files_and_what_is_put_there_stays()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 1, Created = 0, Starts = 0 });
        var looked = await host.CreateAsync();
        Assert.DoesNotContain(
            await looked.PathsAsync(Query(FileQueryKind.List, "/home/user")),
            path => !Path.GetFileName(path).StartsWith(".bash", StringComparison.Ordinal) && path != "/home/user/.profile");
        var taken = await host.CreateAsync("owner/two");
        var snapshot = await taken.SnapshotAsync("empty", new SnapshotOptions(), Test);
        Assert.Equal((true, 0), (snapshot.Succeeded, snapshot.Value!.LeftOut.Length));

        var written = await host.CreateAsync("owner/three");
        await written.PutAsync(Write("/home/user/main.py"), Bytes("print('mine')"));
        Assert.Equal("mine\n", await written.RunAsync("python3 main.py"));
        Assert.Equal("mine\n", await written.RunAsync("python3 main.py"));
    }

    [LiveFact]
    public async Task Directories_are_made_listed_moved_copied_searched_and_removed()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        await sandbox.DoAsync(Change(FileChangeKind.MakeDirectory, "/home/user/p/q/r") with { Parents = true });
        Assert.Equal(FileErrorKind.Exists, await sandbox.FailToDoAsync(Change(FileChangeKind.MakeDirectory, "/home/user/p/q")));
        await sandbox.RunAsync("cd ~/p; echo 'Hello World' > q/one.txt; echo 'hello moon' > q/r/two.txt; printf 'a\\0b' > q/bin; ln -s q/one.txt link; mkfifo fifo");
        Assert.Equal(
            ["/home/user/p/fifo", "/home/user/p/link", "/home/user/p/q", "/home/user/p/q/bin", "/home/user/p/q/one.txt", "/home/user/p/q/r"],
            await sandbox.PathsAsync(Query(FileQueryKind.List, "/home/user/p") with { Depth = 2 }));
        var link = await sandbox.StatAsync("/home/user/p/link");
        Assert.Equal((FileType.Link, "q/one.txt"), (link.Type, Text(link.Target!)));
        Assert.Equal(["/home/user/p/q/one.txt", "/home/user/p/q/r/two.txt"], await sandbox.PathsAsync(Query(FileQueryKind.Glob, "/home/user/p", "**/*.txt")));
        Assert.Equal(["/home/user/p/q/one.txt"], await sandbox.PathsAsync(Query(FileQueryKind.Glob, "/home/user/p", "*/o?e.t*")));
        var (matches, _) = await sandbox.AllAsync(Query(FileQueryKind.Search, "/home/user/p", "hello") with { AnyCase = true });
        Assert.Equal(2, matches.Count);
        var match = Assert.IsType<FileMatch>(Assert.Single((await sandbox.AllAsync(Query(FileQueryKind.Search, "/home/user/p", "m[o]+n$") with { Expression = true })).Items));
        Assert.Equal(("/home/user/p/q/r/two.txt", 1, "hello moon"), (Text(match.Path), match.Line, Text(match.Text)));
        var (few, end) = await sandbox.AllAsync(Query(FileQueryKind.List, "/home/user/p") with { Depth = 9, Most = 3 });
        Assert.Equal((3, true), (few.Count, end.Cut));

        await sandbox.DoAsync(Change(FileChangeKind.Copy, "/home/user/p", "/home/user/c") with { Recursive = true });
        Assert.Equal("Only in p: fifo\n", await sandbox.RunAsync("cd ~; diff -r --no-dereference p c; true"));
        await sandbox.DoAsync(Change(FileChangeKind.Copy, "/home/user/p/q/one.txt", "/home/user/n/e/w") with { Parents = true });
        await sandbox.DoAsync(Change(FileChangeKind.Rename, "/home/user/n/e/w", "/home/user/moved"));
        await sandbox.DoAsync(Change(FileChangeKind.ChangeMode, "/home/user/moved") with { Mode = 0x1ff });
        Assert.Equal("777 Hello World\n", await sandbox.RunAsync("echo $(stat -c %a ~/moved) $(cat ~/moved)"));
        Assert.Equal(FileErrorKind.NotEmpty, await sandbox.FailToDoAsync(Change(FileChangeKind.Remove, "/home/user/p")));
        await sandbox.DoAsync(Change(FileChangeKind.Remove, "/home/user/p") with { Recursive = true });
        Assert.Equal(FileErrorKind.NoSuchFile, await sandbox.FailToDoAsync(Change(FileChangeKind.Remove, "/home/user/p")));
        await sandbox.DoAsync(Change(FileChangeKind.Remove, "/home/user/p") with { MissingIsFine = true });
        Assert.Equal("c moved n\n", await sandbox.RunAsync("cd ~; echo *"));
    }

    [LiveFact]
    public async Task What_is_no_users_file_is_refused_by_its_kind()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        await sandbox.RunAsync("cd ~; mkfifo fifo; ln -s /etc/passwd link; ln -s loop loop; mkdir d; echo secret > mine; chmod 0 mine; python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\"");
        (string Path, FileErrorKind Kind)[] attacks =
        [
            ("/proc/self/mem", FileErrorKind.NoSuchFile), ("/proc/self/fd/0", FileErrorKind.NoSuchFile), ("/proc/1/mem", FileErrorKind.NotRegular),
            ("/proc/1/environ", FileErrorKind.NotRegular), ("/proc/meminfo", FileErrorKind.NotRegular), ("/sys/kernel", FileErrorKind.NoSuchFile),
            ("/home/user/fifo", FileErrorKind.NotRegular), ("/dev/zero", FileErrorKind.NotRegular), ("/dev/tty", FileErrorKind.NotRegular),
            ("/home/user/sock", FileErrorKind.NotRegular), ("/home/user/link", FileErrorKind.IsALink), ("/home/user/loop", FileErrorKind.IsALink),
            ("/home/user/d", FileErrorKind.IsADirectory), ("/home/user/mine", FileErrorKind.PermissionDenied), ("/etc/shadow", FileErrorKind.PermissionDenied),
            ("/home/user/link/x", FileErrorKind.NotADirectory), ("/" + new string('x', 256), FileErrorKind.NameTooLong),
            ("/" + string.Join('/', Enumerable.Repeat("y", 3000)), FileErrorKind.BadRequest), ("relative", FileErrorKind.BadRequest), ("/nul\0", FileErrorKind.BadRequest),
            ("/../../../mnt", FileErrorKind.IsADirectory), ("/run/sandbox/../../../upper", FileErrorKind.NoSuchFile),
        ];
        foreach (var (path, kind) in attacks)
        {
            var error = await sandbox.FailToReadAsync(path);
            if (kind != error.File) output.WriteLine($"{path[..Math.Min(40, path.Length)]}: {error.File} {error.Message}");
            Assert.True(kind == error.File || (kind is FileErrorKind.NotRegular && error.File is FileErrorKind.PermissionDenied), $"{path}: {error.File}");
        }

        (string Path, FileErrorKind Kind)[] writes =
        [
            ("/proc/1/mem/x", FileErrorKind.NotADirectory), ("/etc/passwd", FileErrorKind.PermissionDenied), ("/home/user/d", FileErrorKind.IsADirectory),
            ("/run/sandbox/id", FileErrorKind.PermissionDenied), ("/no/such/directory/f", FileErrorKind.NoSuchFile),
        ];
        foreach (var (path, kind) in writes)
        {
            var error = (await sandbox.WriteFileAsync(Write(path), Bytes("x"), Test)).Error!;
            Assert.True(kind == error.File, $"{path}: {error.File} {error.Message}");
        }

        // What is wrong is told of what the client named, or of the directory above it that is missing.
        (FileErrorKind Kind, string Path, SandboxError? Error)[] told =
        [
            (FileErrorKind.PermissionDenied, "/etc/passwd", (await sandbox.WriteFileAsync(Write("/etc/passwd"), Bytes("x"), Test)).Error),
            (FileErrorKind.NoSuchFile, "/home/user/no/such", (await sandbox.WriteFileAsync(Write("/home/user/no/such/f"), Bytes("x"), Test)).Error),
            (FileErrorKind.NoSuchFile, "/home/user/no", (await sandbox.WriteFileAsync(new FileWrite { Path = Bytes("/home/user/no/f") }, Bytes("x"), Test)).Error),
            (FileErrorKind.NoSuchFile, "/home/user/no", await FailAsync(Change(FileChangeKind.MakeDirectory, "/home/user/no/d"))),
            (FileErrorKind.NoSuchFile, "/home/user/no", await FailAsync(Change(FileChangeKind.Rename, "/home/user/d", "/home/user/no/d"))),
            (FileErrorKind.NoSuchFile, "/home/user/gone", await FailAsync(Change(FileChangeKind.Rename, "/home/user/gone", "/home/user/no/d"))),
            (FileErrorKind.IsADirectory, "/home/user/d", await FailAsync(Change(FileChangeKind.Rename, "/home/user/mine", "/home/user/d"))),
            (FileErrorKind.NoSuchFile, "/home/user/no", await FailAsync(Change(FileChangeKind.Copy, "/etc/passwd", "/home/user/no/p"))),
            (FileErrorKind.NoSuchFile, "/home/user/no", await FailAsync(Change(FileChangeKind.Copy, "/home/user/loop", "/home/user/no/l"))),
            (FileErrorKind.NoSuchFile, "/home/user/no", await FailAsync(Change(FileChangeKind.Copy, "/home/user/d", "/home/user/no/d") with { Recursive = true })),
        ];
        Assert.All(told, one => Assert.Equal((one.Kind, one.Path), (one.Error!.File, one.Error.Message.Split(": ")[^1])));
        async Task<SandboxError?> FailAsync(FileChange change) => (await sandbox.ChangeFilesAsync(change, Test)).Error;

        Assert.Equal(FileErrorKind.NotRegular, (await sandbox.WriteFileAsync(new FileWrite { Path = Bytes("/home/user/fifo") }, Bytes("x"), Test)).Error!.File);

        // A link at the path's end is replaced, never followed; a part that a program has made a link of is refused.
        await sandbox.PutAsync(Write("/home/user/link", "u5"), Bytes("in its place"));
        Assert.Equal("in its place", await sandbox.RunAsync("cat ~/link; ! grep -q place /etc/passwd"));
        await sandbox.RunAsync("ln -s /tmp/elsewhere ~/.upload-u6");
        Assert.Equal(FileErrorKind.IsALink, (await sandbox.WriteFileAsync(Write("/home/user/x", "u6"), Bytes("x"), Test)).Error!.File);

        // As root it can be done, and without root nothing is given away.
        var shadow = await sandbox.AllAsync(Query(FileQueryKind.Read, "/etc/shadow") with { Root = true });
        Assert.NotEmpty(shadow.Items);
        Assert.Equal(FileErrorKind.PermissionDenied, (await sandbox.WriteFileAsync(Write("/home/user/o") with { Uid = 0, Gid = 0 }, Bytes("x"), Test)).Error!.File);
        await sandbox.PutAsync(Write("/etc/made") with { Uid = 1000, Gid = 1000, Mode = 0x180, Root = true }, Bytes("x"));
        Assert.Equal("600 1000\n", await sandbox.RunAsync("stat -c '%a %u' /etc/made"));
    }

    [LiveFact]
    public async Task Names_that_are_no_text_and_trees_that_are_deep_or_wide_come_back_as_they_are()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        byte[] name = [.. "/home/user/n/"u8, .. "a\nb"u8, 0xff, 0xfe, (byte)' ', 1, .. Bytes(new string('z', 200))];
        await sandbox.DoAsync(Change(FileChangeKind.MakeDirectory, "/home/user/n"));
        await sandbox.PutAsync(new FileWrite { Path = name, Upload = "u", Finish = true }, Bytes("odd"));
        var (items, _) = await sandbox.AllAsync(Query(FileQueryKind.List, "/home/user/n"));
        Assert.Equal(name, Assert.IsType<FileFound>(Assert.Single(items)).Entry.Path);
        await sandbox.DoAsync(new FileChange { Kind = FileChangeKind.Remove, Path = name });

        await sandbox.RunAsync("python3 -c \"\nimport os\nos.chdir('/home/user/n')\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\n\"");
        var (deep, deepEnd) = await sandbox.AllAsync(Query(FileQueryKind.List, "/home/user/n") with { Depth = 5000 });
        Assert.True(deepEnd.Cut);
        Assert.InRange(deep.Count, 900, 2100);
        Assert.Equal(FileErrorKind.TooMany, await sandbox.FailToDoAsync(Change(FileChangeKind.Remove, "/home/user/n") with { Recursive = true }));
        await sandbox.RunAsync("rm -rf ~/n; mkdir ~/w; cd ~/w; seq 20000 | xargs touch");
        var (wide, wideEnd) = await sandbox.AllAsync(Query(FileQueryKind.List, "/home/user/w") with { Most = 100_000 });
        Assert.Equal((20_000, false), (wide.Count, wideEnd.Cut));
        await sandbox.DoAsync(Change(FileChangeKind.Remove, "/home/user/w") with { Recursive = true });
    }

    [LiveFact]
    public async Task A_full_disk_is_said_and_leaves_no_half_file()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var part = new byte[FileWrite.MostBytes];
        FileErrorKind? failed = null;
        for (var i = 0; failed is null && i < 64; i++)
            failed = (await sandbox.WriteFileAsync(Write("/home/user/huge") with { Offset = (long)i * part.Length, Finish = false }, part, Test)).Error?.File;
        Assert.Equal(FileErrorKind.NoSpace, failed);
        Assert.DoesNotContain(await sandbox.PathsAsync(Query(FileQueryKind.List, "/home/user")), path => path.Contains("upload", StringComparison.Ordinal) || path.EndsWith("huge", StringComparison.Ordinal));
        await sandbox.PutAsync(Write("/home/user/small"), part);
    }

    [LiveFact]
    public async Task What_happens_in_a_tree_is_told_as_it_happens()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        await sandbox.RunAsync("mkdir -p ~/w/sub");
        await using var happenings = sandbox.QueryFilesAsync(Query(FileQueryKind.Watch, "/home/user/w") with { Recursive = true }, Test).GetAsyncEnumerator(Test);
        async Task<string> NextAsync(FileHappening until, string path)
        {
            while (await happenings.MoveNextAsync())
            {
                var happened = Assert.IsType<FileHappened>(happenings.Current);
                output.WriteLine($"{happened.Happening} {Text(happened.Path)}");
                if (happened.Happening == until && Text(happened.Path) == path) return path;
            }

            throw new InvalidOperationException("It ended.");
        }

        await NextAsync(FileHappening.Ready, "/home/user/w");
        await sandbox.RunAsync("cd ~/w; echo x > f; echo y >> sub/g; mv f sub/h; mkdir new; echo z > new/i; rm sub/g");
        await NextAsync(FileHappening.Created, "/home/user/w/f");
        await NextAsync(FileHappening.Modified, "/home/user/w/sub/g");
        await NextAsync(FileHappening.MovedFrom, "/home/user/w/f");
        await NextAsync(FileHappening.MovedTo, "/home/user/w/sub/h");
        await NextAsync(FileHappening.Created, "/home/user/w/new/i");
        await NextAsync(FileHappening.Deleted, "/home/user/w/sub/g");
        await sandbox.RunAsync("rm -rf ~/w");
        await NextAsync(FileHappening.Gone, "/home/user/w");
        Assert.True(await happenings.MoveNextAsync());
        Assert.IsType<FileEnd>(happenings.Current);
    }

    [LiveFact]
    public async Task A_directory_goes_out_and_comes_in_as_an_archive()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var longName = new string('n', 150);
        await sandbox.RunAsync($"mkdir -p ~/t/sub/{longName}; cd ~/t; echo hi > file; chmod 751 file; ln -s file link; head -c 1500000 /dev/urandom > sub/{longName}/big; mkdir empty; touch 'ü\n'");
        var (items, _) = await sandbox.AllAsync(Query(FileQueryKind.Pack, "/home/user/t"));
        byte[] archive = [.. items.OfType<FileData>().SelectMany(data => data.Data)];
        var unpack = new FileWrite { Path = Bytes("/home/user/back"), Upload = "tar1", Unpack = true, Offset = 0 };
        await sandbox.PutAsync(unpack, archive[..700_000]);
        Assert.Equal(700_000, (await sandbox.PutAsync(unpack, archive[..700_000])).Offset);
        var last = await sandbox.PutAsync(unpack with { Offset = 600_000, Finish = true }, archive[600_000..]);
        Assert.Equal((archive.Length, 7), (last.Offset, last.Entries));
        Assert.Equal(last, await sandbox.PutAsync(unpack with { Offset = 600_000, Finish = true }, archive[600_000..]));
        Assert.Equal("751\n", await sandbox.RunAsync("diff -r --no-dereference ~/t ~/back && stat -c %a ~/back/file"));

        // What tar itself makes, and what it makes of ours.
        await sandbox.PutAsync(Write("/home/user/a.tar", "u9"), archive[..Math.Min(archive.Length, FileWrite.MostBytes)]);
        Assert.Equal("", await sandbox.RunAsync("mkdir ~/x; tar -xf ~/a.tar -C ~/x && diff -r --no-dereference ~/t ~/x; tar -cf ~/b.tar -C ~/t ."));
        await sandbox.PutAsync(unpack with { Path = Bytes("/home/user/gnu"), Upload = "tar2", Finish = true }, await sandbox.ReadFileAsync("/home/user/b.tar"));
        Assert.Equal("", await sandbox.RunAsync("diff -r --no-dereference ~/t ~/gnu"));
    }

    [LiveFact]
    public async Task An_operation_stands_still_for_a_checkpoint_and_ends_with_a_suspension()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        await sandbox.RunAsync("head -c 20000000 /dev/urandom > ~/large; sha256sum < ~/large | cut -c1-64 > ~/sum");
        var sum = Text(await sandbox.ReadFileAsync("/home/user/sum")).Trim();
        await using var reading = sandbox.QueryFilesAsync(Query(FileQueryKind.Read, "/home/user/large"), Test).GetAsyncEnumerator(Test);
        Assert.True(await reading.MoveNextAsync());
        var tag = Assert.IsType<FileFound>(reading.Current).Entry.Tag;
        var read = new MemoryStream();
        await ReadOnAsync(100_000);
        var kept = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = false, Epoch = 1, Timeline = 1 }, Test);
        Assert.True(kept.Succeeded, kept.Error?.Message);
        await ReadOnAsync(5_000_000);
        var slept = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Epoch = 1, Timeline = 1 }, Test);
        Assert.True(slept.Succeeded, slept.Error?.Message);
        await sandbox.DisposeAsync();
        while (await reading.MoveNextAsync() && reading.Current is FileData more) read.Write(more.Data);
        Assert.Equal(Sandbox.Grains.Sandboxes.SandboxStatus.Suspended, Assert.IsType<FileFailure>(reading.Current).Error.Status);

        var woken = await host.Sandboxes.RestoreAsync("owner/one", LiveHost.Spec, new CheckpointRestore { CheckpointId = slept.Value.Id, Timeline = 1, Epoch = 2 }, elsewhere: null, Test);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        sandbox = woken.Value;
        Assert.Equal(tag, (await sandbox.StatAsync("/home/user/large")).Tag);
        read.Write(await sandbox.ReadFileAsync("/home/user/large", read.Length));
        Assert.Equal(sum, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(read.ToArray())));

        async Task ReadOnAsync(long upTo)
        {
            while (read.Length < upTo && await reading.MoveNextAsync()) read.Write(Assert.IsType<FileData>(reading.Current).Data);
        }
    }

    [LiveFact]
    public async Task Parts_of_an_upload_that_one_worker_takes_outlast_pauses_checkpoints_and_suspensions()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var content = new byte[12_000_000];
        new Random(3).NextBytes(content);
        var write = Write("/home/user/file") with { Finish = false };
        const int Part = 1_000_000;
        async Task SendAsync(int from, int to)
        {
            for (var part = from; part < to; part++)
                Assert.Equal((part + 1L) * Part, (await sandbox.PutAsync(write with { Offset = part * Part }, content[(part * Part)..((part + 1) * Part)])).Offset);
        }

        async Task<long?> EndAsync() => (await sandbox.WriteFileAsync(write with { Offset = long.MaxValue }, Array.Empty<byte>(), Test)).Error!.Expected;

        // All that was answered is there whenever somebody asks, and a part may come again and elsewhere.
        await SendAsync(0, 4);
        Assert.Equal(4 * Part, await EndAsync());
        await SendAsync(2, 5);
        Assert.Equal(FileErrorKind.OtherOffset, (await sandbox.WriteFileAsync(write with { Offset = 6 * Part }, content[..Part], Test)).Error!.File);
        await SendAsync(3, 6);

        // A worker that nobody sends anything ends by itself, with all of it written.
        await sandbox.RunAsync("until [ $(stat -c %s ~/.upload-u1) = 6000000 ]; do sleep 0.1; done");
        await SendAsync(6, 8);
        var kept = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = false, Epoch = 1, Timeline = 1 }, Test);
        Assert.True(kept.Succeeded, kept.Error?.Message);
        await SendAsync(8, 10);
        var slept = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Epoch = 1, Timeline = 1 }, Test);
        Assert.True(slept.Succeeded, slept.Error?.Message);
        await sandbox.DisposeAsync();
        var woken = await host.Sandboxes.RestoreAsync("owner/one", LiveHost.Spec, new CheckpointRestore { CheckpointId = slept.Value.Id, Timeline = 1, Epoch = 2 }, elsewhere: null, Test);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        sandbox = woken.Value;
        Assert.Equal(10 * Part, await EndAsync());
        await SendAsync(10, 11);
        await sandbox.PutAsync(write with { Offset = 11 * Part, Finish = true }, content[(11 * Part)..]);
        Assert.Equal(content, await sandbox.ReadFileAsync("/home/user/file"));

        // More uploads than sessions, and an abandoned one in the middle of its worker's.
        for (var round = 0; round < 3; round++)
        {
            for (var upload = 0; upload < 12; upload++)
                await sandbox.PutAsync(Write($"/home/user/{upload}", $"many{upload}") with { Finish = round == 2, Offset = round * 4 }, Bytes($"{upload:00}{round:00}"));
        }

        Assert.Equal("110011011102", Text(await sandbox.ReadFileAsync("/home/user/11")));
        write = Write("/home/user/left", "u2") with { Finish = false };
        await SendAsync(0, 3);
        await sandbox.PutAsync(write with { Abandon = true }, []);
        Assert.Equal("", await sandbox.RunAsync("cd ~; ! ls -A | grep -e upload -e left"));
    }
}

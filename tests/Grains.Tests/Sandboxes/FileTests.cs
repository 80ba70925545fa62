using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class FileTests(SharedSilo shared) : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => shared.Silo.Sandbox(_key);

    private ScriptedSandbox Live => shared.Silo.Host[_key];

    public async ValueTask InitializeAsync() => Assert.True((await Sandbox.CreateAsync(Specs.Plain, Token)).Succeeded);

    public async ValueTask DisposeAsync() => await Sandbox.DeleteAsync("The test is over.");

    [Fact(Timeout = Deadline)]
    public async Task A_reading_that_is_broken_off_goes_on_at_its_offset_in_the_same_file()
    {
        var asked = new List<FileQuery>();
        Live.Files = query =>
        {
            asked.Add(query);
            return asked.Count == 1 ? [Found, Data(10, "abc"), Fell] : [Found, Data(13, "de"), new FileEnd()];
        };
        var items = await AllAsync(new FileQuery { Kind = FileQueryKind.Read, Path = "/f"u8.ToArray(), Offset = 10, Length = 5 });
        Assert.Equal([typeof(FileFound), typeof(FileData), typeof(FileData), typeof(FileEnd)], items.Select(item => item.GetType()));
        Assert.Equal((10, 5, null), (asked[0].Offset, asked[0].Length!.Value, asked[0].Tag));
        Assert.Equal((13, 2, "tag"), (asked[1].Offset, asked[1].Length!.Value, asked[1].Tag));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_has_no_offset_says_that_it_was_interrupted_and_what_had_not_begun_begins_anew()
    {
        var asked = 0;
        Live.Files = _ => asked++ == 0 ? [Fell] : [Found, Fell];
        var items = await AllAsync(new FileQuery { Kind = FileQueryKind.List, Path = "/"u8.ToArray() });
        Assert.IsType<FileFound>(items[0]);
        Assert.Equal(FileErrorKind.Interrupted, Assert.IsType<FileFailure>(items[1]).Error.File);
        Assert.Equal(2, asked);
    }

    [Fact(Timeout = Deadline)]
    public async Task Files_of_a_sandbox_that_is_frozen_or_not_there_are_refused()
    {
        await Sandbox.PauseAsync();
        var paused = Assert.IsType<FileFailure>(Assert.Single(await AllAsync(new FileQuery { Kind = FileQueryKind.List, Path = "/"u8.ToArray() })));
        Assert.Equal((SandboxErrorCode.Conflict, SandboxStatus.Paused), (paused.Error.Code, paused.Error.Status));
        var write = new FileWrite { Path = "/f"u8.ToArray(), Upload = "u", Offset = 0 };
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.WriteFileAsync(write, [1], Token)).Error!.Code);
        var nowhere = shared.Silo.Sandbox(Keys.New());
        var change = new FileChange { Kind = FileChangeKind.Remove, Path = "/f"u8.ToArray() };
        Assert.Equal(SandboxErrorCode.NotFound, (await nowhere.ChangeFilesAsync(change, Token)).Error!.Code);
    }

    private static FileFound Found => new()
    {
        Entry = new FileEntry
        {
            Path = "/f"u8.ToArray(),
            Type = FileType.File,
            Mode = 0,
            Uid = 0,
            Gid = 0,
            Size = 99,
            Modified = DateTimeOffset.UnixEpoch,
            Tag = "tag",
        },
    };

    private static FileFailure Fell => new()
    {
        Error = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "It sleeps.", Status = SandboxStatus.Suspended },
    };

    private static FileData Data(long offset, string text) => new() { Offset = offset, Data = System.Text.Encoding.ASCII.GetBytes(text) };

    private async Task<List<FileItem>> AllAsync(FileQuery query)
    {
        var items = new List<FileItem>();
        await foreach (var item in Sandbox.QueryFilesAsync(query, Token)) items.Add(item);
        return items;
    }
}

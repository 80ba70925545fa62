using System.Reflection;
using System.Runtime.CompilerServices;
using Sandbox.Gateway.Files;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Rest;

/// <summary>Readings of files whose host dies, or whose sandbox moves.</summary>
public sealed class FileSourceTests
{
    private const int Deadline = 30_000;

    private static readonly FileFound _found = new()
    {
        Entry = new FileEntry { Path = "/f"u8.ToArray(), Type = FileType.File, Size = 20, Mode = 420, Uid = 1, Gid = 1, Modified = DateTimeOffset.UnixEpoch, Tag = "t" },
    };

    [Fact(Timeout = Deadline)]
    public async Task A_reading_that_has_begun_goes_on_at_its_offset_whatever_becomes_of_its_host()
    {
        var sandbox = Scripted.Of(
            [Failed(SandboxErrorCode.Moved)],
            [_found, Data(0), new SiloUnavailableException()],
            [Failed(SandboxErrorCode.Unavailable)],
            [new TimeoutException()],
            [_found, new EnumerationAbortedException()],
            [Failed(SandboxErrorCode.Moved)],
            [_found, Data(10), new FileEnd()]);
        var items = await ReadAsync(sandbox, FileQueryKind.Read);
        Assert.Equal([typeof(FileFound), typeof(FileData), typeof(FileData), typeof(FileEnd)], items.Select(item => item.GetType()));
        Assert.Equal((0L, null, 20L), (sandbox.Queries[1].Offset, sandbox.Queries[1].Tag, sandbox.Queries[1].Length));
        Assert.All(sandbox.Queries.Skip(2), query => Assert.Equal((10L, "t", 10L), (query.Offset, query.Tag, query.Length)));
        Assert.Equal(7, sandbox.Queries.Count);
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_has_nothing_yet_is_told_at_once_and_so_is_who_would_miss_something()
    {
        Assert.Equal("unavailable", (await FailAsync(FileQueryKind.Read, [Failed(SandboxErrorCode.Unavailable)])).Code);
        Assert.Equal("conflict", (await FailAsync(FileQueryKind.Read, [_found, Failed(SandboxErrorCode.Conflict)])).Code);
        Assert.Equal("interrupted", (await FailAsync(FileQueryKind.Pack, [_found, new SiloUnavailableException()])).File);
        Assert.Equal("interrupted", (await FailAsync(FileQueryKind.Watch, [new SiloUnavailableException()])).File);
        Assert.Single(await ReadAsync(Scripted.Of([Failed(SandboxErrorCode.Moved)], [new FileEnd()]), FileQueryKind.Watch));
        Assert.Single(await ReadAsync(Scripted.Of([new SiloUnavailableException()], [new FileEnd()]), FileQueryKind.List));
    }

    private static FileData Data(long offset) => new() { Offset = offset, Data = new byte[10] };

    private static FileFailure Failed(SandboxErrorCode code) => new() { Error = new SandboxError { Code = code, Message = "No." } };

    private static async Task<CallError> FailAsync(FileQueryKind kind, object[] items) =>
        (await Assert.ThrowsAsync<CallException>(() => ReadAsync(Scripted.Of(items), kind))).Error;

    private static async Task<List<FileItem>> ReadAsync(Scripted sandbox, FileQueryKind kind)
    {
        var query = new FileQuery { Kind = kind, Path = "/f"u8.ToArray(), Length = kind is FileQueryKind.Read ? 20 : null };
        var items = new List<FileItem>();
        await foreach (var item in FileSource.ReadAsync(sandbox.Grain, query, TestContext.Current.CancellationToken)) items.Add(item);
        return items;
    }

    /// <summary>A grain that answers each query with what is written down for it: items, or what it throws.</summary>
    internal class Scripted : DispatchProxy
    {
        private object[][] _answers = [];

        public List<FileQuery> Queries { get; } = [];

        public ISandboxGrain Grain => (ISandboxGrain)(object)this;

        public static Scripted Of(params object[][] answers)
        {
            var scripted = (Scripted)(object)Create<ISandboxGrain, Scripted>();
            scripted._answers = answers;
            return scripted;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Assert.Equal(nameof(ISandboxGrain.QueryFilesAsync), targetMethod!.Name);
            Queries.Add((FileQuery)args![0]!);
            return AnswerAsync(_answers[Queries.Count - 1], CancellationToken.None);
        }

        private static async IAsyncEnumerable<FileItem> AnswerAsync(object[] answer, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var item in answer)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return item as FileItem ?? throw (Exception)item;
            }
        }
    }
}

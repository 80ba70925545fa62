using System.Runtime.CompilerServices;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>Directories, and what is done to paths at once.</content>
public sealed partial class SandboxFiles
{
    /// <summary>What is in a directory, in no order.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="depth">How many levels, 1 to 1,000.</param>
    /// <param name="limit">How many entries at most, 1 to 100,000.</param>
    /// <param name="user">Who looks; null for as the sandbox says.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<FileList> ListAsync(
        string path, int depth = 1, int limit = 10_000, SandboxUser? user = null, CancellationToken cancellationToken = default) =>
        ListOf(await QueryAsync(_address with { Query = "list", Path = path, Depth = depth, Limit = limit, User = user }, cancellationToken));

    /// <summary>What is below a directory and matches a pattern: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of directories.</summary>
    public async Task<FileList> GlobAsync(
        string path, string pattern, int limit = 10_000, SandboxUser? user = null, CancellationToken cancellationToken = default) =>
        ListOf(await QueryAsync(_address with { Query = "glob", Path = path, Pattern = pattern, Limit = limit, User = user }, cancellationToken));

    /// <summary>The lines of text files below a directory that hold a text.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="text">The text, or with <paramref name="expression"/> a POSIX extended regular expression.</param>
    /// <param name="expression">Whether it is one.</param>
    /// <param name="anyCase">Whether case does not matter.</param>
    /// <param name="limit">How many lines at most, 1 to 100,000.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<FileMatches> SearchAsync(
        string path, string text, bool expression = false, bool anyCase = false, int limit = 10_000, CancellationToken cancellationToken = default)
    {
        var request = _address with { Query = "search", Path = path, Text = text, Expression = expression, AnyCase = anyCase, Limit = limit };
        var (items, cut) = await QueryAsync(request, cancellationToken);
        return new FileMatches([.. items.Select(item => new FileMatch(item.Path!, item.Line ?? 0, item.Text ?? ""))], cut);
    }

    /// <summary>What changes in a directory, as it happens, until the directory is gone or the reading is given up.</summary>
    public async IAsyncEnumerable<FileHappening> WatchAsync(
        string path, bool recursive = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var over = false;
        var items = _link.StreamAsync<FileItem>(
            "QueryFiles", () => _address with { Query = "watch", Path = path, Recursive = recursive }, () => over, cancellationToken);
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            over |= item.Type is "gone" or "end";
            if (item.Type is not "end") yield return new FileHappening(item.Type, item.Path ?? path, item.Directory ?? false, item.Move);
        }
    }

    /// <summary>Makes a directory.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="parents">Whether missing directories above are made, and one that is there is as well.</param>
    /// <param name="mode">Permissions as octal text; null for 0755.</param>
    /// <param name="user">Who makes it; null for as the sandbox says.</param>
    /// <param name="cancellationToken">Gives it up; it may have happened.</param>
    public Task MakeDirectoryAsync(string path, bool parents = false, string? mode = null, SandboxUser? user = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("make-directory", _address with { Path = path, Parents = parents, Mode = mode, User = user }, parents ? Repeat.Safe : Repeat.Never, cancellationToken);

    /// <summary>Gives a file or directory a new path, in one step.</summary>
    /// <exception cref="UnknownOutcomeException">The answer was lost, and whether it happened is to be looked up.</exception>
    public Task RenameAsync(string path, string to, FileMoveOptions? options = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("rename", Moved(path, to, options), Repeat.Never, cancellationToken);

    /// <summary>Copies a file, or a directory with what it holds.</summary>
    public Task CopyAsync(string path, string to, FileMoveOptions? options = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("copy", Moved(path, to, options), options?.KeepExisting is true ? Repeat.Never : Repeat.Safe, cancellationToken);

    /// <summary>Removes a file or an empty directory.</summary>
    /// <param name="path">What.</param>
    /// <param name="recursive">Whether a directory goes with what it holds.</param>
    /// <param name="missingIsFine">Whether it is as well when there is nothing.</param>
    /// <param name="user">Who removes; null for as the sandbox says.</param>
    /// <param name="cancellationToken">Gives it up; it may have happened.</param>
    public Task RemoveAsync(string path, bool recursive = false, bool missingIsFine = false, SandboxUser? user = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            "remove", _address with { Path = path, Recursive = recursive, MissingIsFine = missingIsFine, User = user },
            missingIsFine ? Repeat.Safe : Repeat.Never, cancellationToken);

    /// <summary>Sets permissions, as octal text such as <c>0755</c>.</summary>
    public Task ChangeModeAsync(string path, string mode, SandboxUser? user = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("change-mode", _address with { Path = path, Mode = mode, User = user }, Repeat.Safe, cancellationToken);

    private static FileList ListOf((List<FileItem> Items, bool Cut) found) => new([.. found.Items.Select(item => item.Entry!)], found.Cut);

    private FileRequest Moved(string path, string to, FileMoveOptions? options) => _address with
    {
        Path = path,
        To = to,
        Parents = options?.Parents,
        Recursive = options?.Recursive,
        KeepExisting = options?.KeepExisting,
        User = options?.User,
    };

    private Task ChangeAsync(string change, FileRequest request, Repeat repeat, CancellationToken cancellationToken) =>
        _link.CallAsync<FileAnswer>("ChangeFiles", request with { Change = change }, repeat, cancellationToken);

    /// <summary>All items of a query, from one connection: where that is lost, it begins anew.</summary>
    private async Task<(List<FileItem> Items, bool Cut)> QueryAsync(FileRequest request, CancellationToken cancellationToken)
    {
        List<FileItem> items = [];
        FileItem? end = null;
        FileRequest Begin()
        {
            items = [];
            return request;
        }

        await foreach (var item in _link.StreamAsync<FileItem>("QueryFiles", Begin, () => end is not null, cancellationToken))
        {
            if (item.Type is "end") end = item;
            else items.Add(item);
        }

        return (items, end?.Cut ?? false);
    }
}

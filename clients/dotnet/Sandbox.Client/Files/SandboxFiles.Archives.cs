using Sandboxes.Files;

namespace Sandboxes;

/// <content>Directories as tar archives.</content>
public sealed partial class SandboxFiles
{
    /// <summary>
    /// Sends a directory of this machine: files, directories, and links as links. What is in the sandbox's directory stays, but for what has the same names. Nothing of it is setuid there.
    /// </summary>
    /// <param name="localPath">The directory here.</param>
    /// <param name="path">The directory in the sandbox, which is made where it is missing.</param>
    /// <param name="options">Who does it, and who is told of the progress, in bytes of the archive.</param>
    /// <param name="cancellationToken">Gives up; what has come by then stays.</param>
    /// <exception cref="InvalidRequestException">With <c>bad_archive</c>: something in it is neither a file, nor a directory, nor a link.</exception>
    public Task UploadDirectoryAsync(string localPath, string path, FileWriteOptions? options = null, CancellationToken cancellationToken = default) =>
        DirectoryPacking.PackAsync(localPath, archive => UnpackAsync(path, archive, options, cancellationToken), cancellationToken);

    /// <summary>
    /// Fetches a directory. Whatever the sandbox sends, nothing outside of <paramref name="localPath"/> is touched: entries that lead out of it and what is neither file, directory nor link are
    /// refused, nothing is written through a link, and nothing is setuid. It is as large as the sandbox makes it.
    /// </summary>
    /// <param name="path">The directory in the sandbox.</param>
    /// <param name="localPath">The directory here, which is made where it is missing; what is in it stays, but for what has the same names.</param>
    /// <param name="options">Who does it, and who is told of the progress, in bytes of the archive.</param>
    /// <param name="cancellationToken">Gives up; what has come by then stays.</param>
    /// <returns>The links that would lead out of the directory, which were left out.</returns>
    /// <exception cref="ServerException">An entry of the archive is refused, or it broke off.</exception>
    public async Task<IReadOnlyList<string>> DownloadDirectoryAsync(
        string path, string localPath, FileReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        await using var archive = await PackAsync(path, options, cancellationToken);
        return await DirectoryUnpacking.UnpackAsync(archive, localPath, cancellationToken);
    }

    /// <summary>A directory as a tar archive, as it comes. It is made by the sandbox: whoever unpacks it checks it. <see cref="DownloadDirectoryAsync"/> does.</summary>
    public async Task<Stream> PackAsync(string path, FileReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = await _link.SendHttpAsync(HttpMethod.Get, Address("files/archive", path, options?.User), content: null, cancellationToken, _address.Token);
        return new CountedStream(
            await response.Content.ReadAsStreamAsync(cancellationToken), done => options?.Progress?.Invoke(new FileProgress(done, null)), response);
    }

    private string Address(string what, string path, SandboxUser? user)
    {
        var as_ = user switch { null => "", SandboxUser.Root => "&user=root", _ => "&user=user" };
        return $"v1/sandboxes/{_address.SandboxId}/{what}?path={Uri.EscapeDataString(path)}{as_}";
    }
}

using System.Security.Cryptography;

namespace Sandbox.Silo.Containers.Images;

/// <summary>
/// Keeps the root images of this host. An image is derived from an unpacked layer and the agent, and can be made again at any time. It costs the disk
/// space of the layer once more and about a second, once; it saves each container a quarter of the processor time that its start takes, because
/// runsc starts no gofer.
/// </summary>
/// <param name="directory">Where the images lie.</param>
/// <param name="agent">The guest agent's static executable.</param>
internal sealed class RootImages(string directory, string agent) : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly SemaphoreSlim _making = new(1);
    private string? _digestOfAgent;

    /// <summary>The image of a layer, made where it is not there yet. An image of the same layer with an older agent is removed; containers on it go on.</summary>
    /// <param name="key">Name of the layer's content: letters, digits and <c>-</c>. Two layers of one key must be the same.</param>
    /// <param name="layer">The unpacked layer; must not change meanwhile.</param>
    /// <param name="cancellationToken">Ends the work; what was written is removed.</param>
    /// <exception cref="IOException">It cannot be read, or its names are no UTF-8: such a layer can be used as a directory only. Or the disk is full.</exception>
    public async Task<RootImage> GetAsync(string key, string layer, CancellationToken cancellationToken)
    {
        if (key.Length == 0 || !key.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new ArgumentException($"\"{key}\" cannot name a layer's image.", nameof(key));

        await _making.WaitAsync(cancellationToken);
        try
        {
            Directory.CreateDirectory(directory, Private);
            _digestOfAgent ??= await DigestOfAgentAsync(cancellationToken);
            var name = $"{key}.{_digestOfAgent}.erofs";
            var image = Path.Combine(directory, name);
            if (File.Exists(image))
                return new RootImage(image);

            await MakeAsync(image, layer, cancellationToken);
            foreach (var older in Directory.EnumerateFiles(directory, $"{key}.*.erofs").Where(file => file != image))
                File.Delete(older);
            return new RootImage(image);
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    private async Task MakeAsync(string image, string layer, CancellationToken cancellationToken)
    {
        var root = await Task.Run(() => AgentRoot.AsImage(agent, ImageFile.FromHost(layer, cancellationToken)), cancellationToken);
        var temporary = image + ".new";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                await ErofsImage.WriteAsync(file, root, cancellationToken);
                // Its name says that it is whole, also after the machine lost power.
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, image);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private async Task<string> DigestOfAgentAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(agent);
        return Convert.ToHexStringLower((await SHA256.HashDataAsync(file, cancellationToken)).AsSpan(0, 8));
    }
}

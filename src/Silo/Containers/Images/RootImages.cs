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

    /// <summary>Of the way in which images are made: two of one name must be the same, on every host and in every version of the product.</summary>
    private const int Format = 2;

    private readonly SemaphoreSlim _making = new(1);
    private string? _digestOfAgent;

    /// <summary>The image of a layer, made where it is not there yet. An image of the same layer with an older agent is removed; containers on it go on.</summary>
    /// <param name="key">Name of the layer's content: letters, digits and <c>-</c>. Two layers of one key must be the same.</param>
    /// <param name="layer">The unpacked layer; must not change meanwhile.</param>
    /// <param name="cancellationToken">Ends the work; what was written is removed.</param>
    /// <exception cref="IOException">It cannot be read, or its names are no UTF-8: such a layer can be used as a directory only. Or the disk is full.</exception>
    public Task<RootImage> GetAsync(string key, string layer, CancellationToken cancellationToken) => GetAsync(key, layer, agentDigest: null, cancellationToken);

    /// <summary>
    /// The same with the agent that a checkpoint was made with: its code is part of the guest's memory, so no other one fits. Agents that this host has had
    /// are kept for it (1 MB each).
    /// </summary>
    /// <param name="key">As above.</param>
    /// <param name="layer">As above.</param>
    /// <param name="agentDigest">The <see cref="RootImage.AgentDigest"/> that the checkpoint recorded; null for the agent of now.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <exception cref="FileNotFoundException">This host has never had that agent; see <see cref="AgentFile"/> for where it belongs.</exception>
    /// <exception cref="IOException">As above.</exception>
    public async Task<RootImage> GetAsync(string key, string layer, string? agentDigest, CancellationToken cancellationToken)
    {
        if (!IsName(key))
            throw new ArgumentException($"\"{key}\" cannot name a layer's image.", nameof(key));
        if (agentDigest is not null && !IsName(agentDigest))
            throw new ArgumentException($"\"{agentDigest}\" is no digest of an agent.", nameof(agentDigest));

        await _making.WaitAsync(cancellationToken);
        try
        {
            Directory.CreateDirectory(directory, Private);
            _digestOfAgent ??= await KeepAgentAsync(cancellationToken);
            var digest = agentDigest ?? _digestOfAgent;
            var image = Path.Combine(directory, $"{key}.{digest}.{Format}.erofs");
            if (File.Exists(image))
                return new RootImage(image) { AgentDigest = digest };
            if (!File.Exists(AgentFile(digest)))
                throw new FileNotFoundException($"This host does not have the guest agent {digest}, which a checkpoint was made with.", AgentFile(digest));

            await MakeAsync(image, layer, AgentFile(digest), $"{key}.{digest}", cancellationToken);
            if (digest == _digestOfAgent)
                RemoveOlder(key, image);
            return new RootImage(image) { AgentDigest = digest };
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>Where the agent of a digest is kept, once this host has it.</summary>
    public string AgentFile(string agentDigest) => Path.Combine(directory, "agents", agentDigest);

    /// <summary>The digests of the agents that this host has.</summary>
    public IReadOnlyList<string> Agents =>
        [.. new DirectoryInfo(Path.Combine(directory, "agents")).EnumerateFiles().Select(file => file.Name).Where(IsName)];

    /// <summary>Removes the images of a layer that is gone; containers on them go on.</summary>
    public void Remove(string key)
    {
        if (!Directory.Exists(directory)) return;
        foreach (var image in Directory.EnumerateFiles(directory, $"{key}.*.erofs")) File.Delete(image);
    }

    /// <summary>Removes the images of all layers but some. For before there are containers: those of former templates would stay for ever.</summary>
    /// <param name="keys">The layers.</param>
    public void RemoveBut(IEnumerable<string> keys)
    {
        var kept = keys.ToHashSet(StringComparer.Ordinal);
        foreach (var image in Directory.EnumerateFiles(directory, "*.erofs").Where(image => !kept.Contains(Path.GetFileName(image).Split('.')[0]))) File.Delete(image);
    }

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    private static bool IsName(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static async Task MakeAsync(string image, string layer, string agentFile, string identity, CancellationToken cancellationToken)
    {
        var root = await Task.Run(() => AgentRoot.AsImage(agentFile, ImageFile.FromHost(layer, cancellationToken)), cancellationToken);
        var temporary = image + ".new";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                await ErofsImage.WriteAsync(file, root, identity, cancellationToken);
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

    private void RemoveOlder(string key, string image)
    {
        foreach (var older in Directory.EnumerateFiles(directory, $"{key}.*.erofs").Where(file => file != image))
            File.Delete(older);
    }

    /// <summary>Puts the agent of now beside its predecessors, under its digest.</summary>
    private async Task<string> KeepAgentAsync(CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(agent, cancellationToken);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var kept = AgentFile(digest);
        if (!File.Exists(kept))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(kept)!, Private);
            await File.WriteAllBytesAsync(kept + ".new", content, cancellationToken);
            File.Move(kept + ".new", kept, overwrite: true);
        }

        return digest;
    }
}

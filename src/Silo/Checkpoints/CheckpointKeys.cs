using System.Security.Cryptography;
using System.Text;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// Signs manifests and says who signed them. A signed manifest is a line <c>sandbox-checkpoint 1 KEY-ID MAC</c>, a line feed, and the exact bytes
/// that HMAC-SHA256 was taken of.
/// </summary>
internal sealed class CheckpointKeys
{
    private const string Word = "sandbox-checkpoint 1 ";
    private const int KeyLength = 32;
    private const int LongestLine = 200;
    private readonly string _current;
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <param name="current">The key that signs: 32 bytes.</param>
    /// <param name="older">Keys whose signatures are still believed.</param>
    public CheckpointKeys(byte[] current, IEnumerable<byte[]>? older = null)
    {
        foreach (var key in (older ?? []).Append(current))
        {
            if (key.Length != KeyLength) throw new ArgumentException($"A key for checkpoints has {KeyLength} bytes, this one {key.Length}.", nameof(current));
            _keys[IdOf(key)] = key;
        }

        _current = IdOf(current);
    }

    /// <summary>Reads the operator's keys, and makes one in the data directory when there is none and none is named.</summary>
    /// <exception cref="DataDirectoryException">A key cannot be read, is none, or others may read it. The message has the remedy.</exception>
    public static CheckpointKeys Open(string dataDirectory, CheckpointOptions options)
    {
        var own = Path.Combine(dataDirectory, "keys", "checkpoints");
        if (options.KeyFile is null && !File.Exists(own)) Make(own);
        return new CheckpointKeys(Read(options.KeyFile ?? own), options.OlderKeyFiles.Select(Read));
    }

    /// <summary>A manifest's JSON with its signature.</summary>
    public byte[] Sign(byte[] json) => [.. Encoding.ASCII.GetBytes($"{Word}{_current} {Mac(_keys[_current], json)}\n"), .. json];

    /// <summary>The JSON, when it is what the operator signed.</summary>
    /// <exception cref="CheckpointRefusedException">It is not signed, by a key that is not here, or is not what was signed.</exception>
    public ReadOnlySpan<byte> Verify(ReadOnlySpan<byte> signed, string name)
    {
        var end = signed[..Math.Min(signed.Length, LongestLine)].IndexOf((byte)'\n');
        if (end < 0 || Encoding.ASCII.GetString(signed[..end]) is not { } line || !line.StartsWith(Word, StringComparison.Ordinal)
            || line[Word.Length..].Split(' ') is not [var id, var mac])
        {
            throw new CheckpointRefusedException(
                CheckpointRefusalKind.Unsigned, $"The checkpoint {name} bears no signature, so it is not used. Use another, which this product stored.");
        }

        if (!_keys.TryGetValue(id, out var key))
        {
            throw new CheckpointRefusedException(
                CheckpointRefusalKind.WrongKey,
                $"The checkpoint {name} is signed with the key {id}, which this host does not have. If it is one of the operator's, name its file in "
                + "Checkpoints:KeyFile or Checkpoints:OlderKeyFiles.");
        }

        var json = signed[(end + 1)..];
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(mac), Encoding.ASCII.GetBytes(Mac(key, json)))
            ? json
            : throw new CheckpointRefusedException(
                CheckpointRefusalKind.Damaged, $"The manifest of the checkpoint {name} is not what was signed. Use an older checkpoint of the sandbox.");
    }

    private static string Mac(byte[] key, ReadOnlySpan<byte> json) => Convert.ToHexStringLower(HMACSHA256.HashData(key, json));

    /// <summary>Names a key without telling anything of it.</summary>
    private static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData([.. "sandbox checkpoint key "u8, .. key]), 0, 8);

    private static byte[] Read(string path)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != UnixFileMode.None)
            {
                throw new DataDirectoryException($"The key {path} can be used by others. Run 'chmod 600 {path}'; if they may have read it, make a new one.");
            }

            var key = File.ReadAllBytes(path);
            return key.Length == KeyLength
                ? key
                : throw new DataDirectoryException(
                    $"The key {path} has {key.Length} bytes, not {KeyLength}. Make one by 'head -c {KeyLength} /dev/urandom > FILE' and 'chmod 600 FILE'.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"The key {path} cannot be read: {exception.Message} Set Checkpoints:KeyFile to the operator's key.", exception);
        }
    }

    /// <summary>Whole or not at all, and the first one of several processes wins.</summary>
    private static void Make(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var temporary = $"{path}-{Guid.NewGuid():N}";
        var create = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            using (var file = new FileStream(temporary, create))
            {
                file.Write(RandomNumberGenerator.GetBytes(KeyLength));
                file.Flush(flushToDisk: true);
            }

            HardLink.TryCreate(temporary, path);
            Posix.SyncDirectory(directory);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

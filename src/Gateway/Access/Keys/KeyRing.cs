using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sandbox.Gateway.Access.Keys;

/// <summary>The API keys that open this server.</summary>
internal sealed class KeyRing(IOptions<AccessOptions> options)
{
    private readonly (byte[] Hash, Caller Caller)[] _keys =
        [.. options.Value.Keys.Select(key => (Convert.FromHexString(key.Sha256), new Caller(key.Owner, key.BuildTemplates)))];

    /// <summary>Whom a key stands for, or null. Takes as long for every key of a length, right or wrong.</summary>
    public Caller? Find(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        Caller? caller = null;
        foreach (var known in _keys)
        {
            // No early end: which key it was, or how close, must not show.
            if (CryptographicOperations.FixedTimeEquals(hash, known.Hash)) caller = known.Caller;
        }

        return caller;
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Sandbox.Silo.Containers;

/// <summary>Names of containers: <c>sb-SERVER-RANDOM</c>. runsc wants them unique on the whole machine, whatever its --root.</summary>
internal static class ContainerId
{
    private const string Prefix = "sb-";
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 12;

    /// <summary>What all containers of a server begin with.</summary>
    public static string PrefixOf(string server) => $"{Prefix}{server}-";

    /// <summary>A new id; 62 random bits.</summary>
    /// <param name="server">The server's name: <c>[a-z0-9]+</c>.</param>
    public static string New(string server) => PrefixOf(server) + RandomNumberGenerator.GetString(Alphabet, RandomLength);

    /// <summary>The name of the server on a data directory: always the same for one directory, different for two.</summary>
    public static string ServerName(string dataDirectory) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataDirectory)).AsSpan(0, 5));
}

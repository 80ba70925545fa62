using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sandbox.Silo.Layers;

/// <summary>A SHA-256, as OCI writes it: <c>sha256:</c> and 64 hexadecimal digits.</summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct LayerDigest
{
    private const string Algorithm = "sha256:";

    private LayerDigest(string hex) => Hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    public static LayerDigest OfHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    /// <summary>The digest of a text.</summary>
    public static LayerDigest OfText(string text) => OfHash(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// The ChainID of layers, lowest first: what a stack of layers is called once it is unpacked, because what an upper one becomes depends on
    /// those below it.
    /// </summary>
    public static LayerDigest OfChain(IEnumerable<LayerDigest> diffIds) =>
        diffIds.Aggregate((chain, diffId) => OfText($"{chain} {diffId}"));

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It is no digest.</exception>
    public static LayerDigest Parse(string text) =>
        text.StartsWith(Algorithm, StringComparison.Ordinal) && text.Length == Algorithm.Length + 64
        && text.AsSpan(Algorithm.Length).IndexOfAnyExcept("0123456789abcdef") < 0
            ? new LayerDigest(text[Algorithm.Length..])
            : throw new FormatException($"'{text}' is not a digest: 'sha256:' and 64 hexadecimal digits.");

    public override string ToString() => Algorithm + Hex;

    private sealed class Converter : JsonConverter<LayerDigest>
    {
        public override LayerDigest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Parse(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, LayerDigest value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}

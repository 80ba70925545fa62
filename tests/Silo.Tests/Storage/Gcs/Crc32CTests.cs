using System.Text;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage.Gcs;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("", 0x00000000u, "AAAAAA==")]
    [InlineData("a", 0xC1D04330u, "wdBDMA==")]
    [InlineData("123456789", 0xE3069283u, "4waSgw==")]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u, "ImIEBA==")]
    public void Known_texts_have_their_known_checksums(string text, uint value, string base64)
    {
        var crc = new Crc32C();
        crc.Append(Encoding.ASCII.GetBytes(text));
        Assert.Equal(value, crc.Value);
        Assert.Equal(base64, crc.ToString());
    }

    [Fact]
    public void Pieces_have_the_checksum_of_the_whole()
    {
        var random = new Random(3);
        var bytes = new byte[10_000];
        random.NextBytes(bytes);
        var (whole, pieces) = (new Crc32C(), new Crc32C());
        whole.Append(bytes);
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(0, 40), bytes.Length - at);
            pieces.Append(bytes.AsSpan(at, length));
            at += length;
        }

        Assert.Equal(whole.Value, pieces.Value);
        bytes[5_000] ^= 1;
        var other = new Crc32C();
        other.Append(bytes);
        Assert.NotEqual(whole.Value, other.Value);
    }
}

using System.Text;
using Sandbox.Gateway.Execute.Output;

namespace Sandbox.Gateway.Tests.Execute;

public sealed class Utf8RunsTests
{
    [Fact]
    public void Text_cut_anywhere_stays_text()
    {
        var text = Encoding.UTF8.GetBytes("aé€😀z");
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                var runs = Runs(text[..first], text[first..second], text[second..]);
                Assert.All(runs, run => Assert.True(run.IsText));
                Assert.Equal("aé€😀z", string.Concat(runs.Select(run => Encoding.UTF8.GetString(run.Bytes))));
            }
        }
    }

    [Fact]
    public void No_byte_is_lost_added_or_called_what_it_is_not_however_the_bytes_are_cut()
    {
        var random = new Random(20240729);
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        byte[][] atoms = [[.. "a"u8], [.. "é"u8], [.. "€"u8], [.. "😀"u8], [0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f], [0x80], [0xed, 0xa0, 0x80]];
        for (var round = 0; round < 500; round++)
        {
            byte[] bytes = [.. Enumerable.Range(0, random.Next(1, 40)).SelectMany(_ => atoms[random.Next(atoms.Length)])];
            var chunks = new List<byte[]>();
            for (var at = 0; at < bytes.Length;)
            {
                var length = random.Next(1, Math.Min(7, bytes.Length - at) + 1);
                chunks.Add(bytes[at..(at + length)]);
                at += length;
            }

            var runs = Runs([.. chunks]);
            Assert.Equal(bytes, runs.SelectMany(run => run.Bytes));
            foreach (var run in runs.Where(run => run.IsText)) strict.GetString(run.Bytes);
            Assert.True(runs.Count(run => !run.IsText) == 0 == IsValid(strict, bytes));
        }
    }

    [Fact]
    public void A_large_chunk_of_text_is_one_run()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('é', 32_768));
        Assert.Equal(bytes, Assert.Single(Runs(bytes)).Bytes);
    }

    [Fact]
    public void Random_bytes_are_at_most_three_runs_a_chunk()
    {
        var bytes = new byte[65_536];
        new Random(1).NextBytes(bytes);
        var runs = new List<bool>();
        new Utf8Runs().Take(bytes, (_, isText) => runs.Add(isText));
        Assert.InRange(runs.Count, 1, 3);
    }

    private static bool IsValid(UTF8Encoding strict, byte[] bytes)
    {
        try
        {
            strict.GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static List<(byte[] Bytes, bool IsText)> Runs(params byte[][] chunks)
    {
        var runs = new List<(byte[], bool)>();
        var splitter = new Utf8Runs();
        foreach (var chunk in chunks) splitter.Take(chunk, (bytes, isText) => runs.Add((bytes.ToArray(), isText)));
        splitter.End((bytes, isText) => runs.Add((bytes.ToArray(), isText)));
        return runs;
    }
}

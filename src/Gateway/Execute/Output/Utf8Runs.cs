using System.Buffers;
using System.Text.Unicode;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>
/// Splits one channel's bytes into runs that are valid UTF-8 and runs that are not. A character that a chunk's end cuts in two is kept until
/// its rest comes; at most 3 bytes are kept.
/// </summary>
internal sealed class Utf8Runs
{
    private readonly char[] _scratch = new char[1024];
    private byte[] _kept = [];

    /// <summary>How many of the last bytes wait for the rest of their character.</summary>
    public int Kept => _kept.Length;

    /// <summary>Takes the next chunk. Gives at most three runs: text, what lies between the first and the last bad byte, and text.</summary>
    public void Take(ReadOnlySpan<byte> chunk, Run run)
    {
        if (_kept.Length == 0)
        {
            Split(chunk, run);
            return;
        }

        var joined = new byte[_kept.Length + chunk.Length];
        _kept.CopyTo(joined, 0);
        chunk.CopyTo(joined.AsSpan(_kept.Length));
        _kept = [];
        Split(joined, run);
    }

    /// <summary>The channel has ended: what was kept will never be a character.</summary>
    public void End(Run run)
    {
        if (_kept.Length > 0)
        {
            run(_kept, isText: false);
            _kept = [];
        }
    }

    private void Split(ReadOnlySpan<byte> bytes, Run run)
    {
        var firstBad = -1;
        var afterLastBad = 0;
        var position = 0;
        while (position < bytes.Length)
        {
            var status = Utf8.ToUtf16(bytes[position..], _scratch, out var read, out _, replaceInvalidSequences: false, isFinalBlock: false);
            position += read;
            if (status == OperationStatus.NeedMoreData)
            {
                break;
            }

            if (status == OperationStatus.InvalidData)
            {
                firstBad = firstBad < 0 ? position : firstBad;
                position++;
                afterLastBad = position;
            }
        }

        // Whatever was not consumed is the beginning of a character.
        _kept = bytes[position..].ToArray();
        var whole = bytes[..position];
        if (firstBad < 0)
        {
            Give(whole, isText: true, run);
            return;
        }

        Give(whole[..firstBad], isText: true, run);
        Give(whole[firstBad..afterLastBad], isText: false, run);
        Give(whole[afterLastBad..], isText: true, run);
    }

    private static void Give(ReadOnlySpan<byte> bytes, bool isText, Run run)
    {
        if (!bytes.IsEmpty)
        {
            run(bytes, isText);
        }
    }

    /// <summary>Receives a run, which is not empty.</summary>
    public delegate void Run(ReadOnlySpan<byte> bytes, bool isText);
}

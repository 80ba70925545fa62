using System.Text;

namespace Sandbox.Silo.Runsc;

/// <summary>Keeps the end of what a program wrote, for messages. Bounded: the oldest bytes go first.</summary>
/// <param name="capacity">Bytes kept.</param>
internal sealed class TailText(int capacity = TailText.DefaultCapacity)
{
    /// <summary>Bytes kept unless said otherwise: enough for an error message, too little to matter.</summary>
    public const int DefaultCapacity = 8 * 1024;

    private readonly Lock _lock = new();
    private readonly byte[] _ring = new byte[capacity];
    private long _total;

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _total += Math.Max(0, bytes.Length - _ring.Length);
            foreach (var b in bytes[Math.Max(0, bytes.Length - _ring.Length)..])
                _ring[(int)(_total++ % _ring.Length)] = b;
        }
    }

    /// <summary>
    /// The text so far, without space around it. It may come from a guest: control characters are replaced, so that a message or log with it stays one.
    /// </summary>
    public override string ToString()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_total, _ring.Length);
            var bytes = new byte[kept];
            for (var i = 0; i < kept; i++)
                bytes[i] = _ring[(int)((_total - kept + i) % _ring.Length)];

            var text = new StringBuilder(Encoding.UTF8.GetString(bytes).Trim());
            for (var i = 0; i < text.Length; i++)
            {
                if (char.IsControl(text[i]) && text[i] != '\n')
                    text[i] = ' ';
            }

            return text.ToString();
        }
    }
}

namespace Sandboxes.Cli.Terminal;

/// <summary>
/// Looks for the keys that leave a shell, as those of ssh: Enter, then ~ and a dot. A ~ at the beginning of a line waits for the next key;
/// ~~ there is one ~.
/// </summary>
internal sealed class EscapeKeys
{
    private bool _lineStart = true;
    private bool _tilde;

    /// <summary>Takes keys, and gives those that are the program's.</summary>
    /// <param name="keys">What was typed.</param>
    /// <param name="leaves">Whether the user leaves; what was typed behind that is dropped.</param>
    public byte[] Take(ReadOnlySpan<byte> keys, out bool leaves)
    {
        leaves = false;
        var passed = new List<byte>(keys.Length + 1);
        foreach (var key in keys)
        {
            if (_tilde)
            {
                _tilde = false;
                if (key == '.')
                {
                    leaves = true;
                    break;
                }

                passed.Add((byte)'~');
                if (key == '~')
                {
                    _lineStart = false;
                    continue;
                }
            }
            else if (_lineStart && key == '~')
            {
                _tilde = true;
                continue;
            }

            passed.Add(key);
            _lineStart = key is (byte)'\r' or (byte)'\n';
        }

        return [.. passed];
    }
}

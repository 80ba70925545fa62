using System.Text;
using Sandbox.Gateway.Execute.Output;

namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>
/// One stream's bytes as text. A character whose bytes come apart waits for its last one, however the bytes were cut; what is no UTF-8 becomes U+FFFD.
/// </summary>
internal sealed class OutputText
{
    private readonly Utf8Runs _runs = new();

    /// <summary>How many of the last bytes wait for the rest of their character.</summary>
    public int Kept => _runs.Kept;

    /// <summary>The characters that are whole with these bytes; perhaps none.</summary>
    public string Take(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        _runs.Take(bytes, (run, _) => text.Append(Encoding.UTF8.GetString(run)));
        return text.ToString();
    }

    /// <summary>What is left at the stream's end: U+FFFD for a character that was never finished.</summary>
    public string End()
    {
        var text = new StringBuilder();
        _runs.End((run, _) => text.Append(Encoding.UTF8.GetString(run)));
        return text.ToString();
    }
}

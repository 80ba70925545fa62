using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Reads the output of a program that counts: every number comes once, and in order.</summary>
internal sealed class LineWitness
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();

    /// <summary>How many whole lines have come.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _text.ToString().Count(c => c == '\n');
        }
    }

    /// <summary>Reads to the end.</summary>
    /// <param name="items">The output.</param>
    /// <param name="told">Gets what is no bytes.</param>
    public async Task ReadAsync(IAsyncEnumerable<JsonElement> items, Action<JsonElement>? told = null)
    {
        await foreach (var item in items)
        {
            if (item.Type() == "data")
            {
                lock (_gate)
                {
                    Assert.Equal(_text.Length, item.Offset());
                    _text.Append(Encoding.ASCII.GetString(item.Data()));
                }
            }
            else if (item.Type() == "rewound")
            {
                Rewind(item.GetProperty("to").GetInt64());
            }

            if (item.Type() is not ("data" or "end")) told?.Invoke(item);
        }

        Check();
    }

    /// <summary>What comes behind an offset comes anew.</summary>
    public void Rewind(long offset)
    {
        lock (_gate) _text.Length = (int)Math.Min(_text.Length, offset);
    }

    /// <summary>Waits for as many lines.</summary>
    public async Task UntilAsync(int count)
    {
        while (Count < count) await Task.Delay(10, TestContext.Current.CancellationToken);
        Check();
    }

    private void Check()
    {
        string text;
        lock (_gate) text = _text.ToString();
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < lines.Length; i++) Assert.Equal((i + 1).ToString(CultureInfo.InvariantCulture), lines[i]);
    }
}

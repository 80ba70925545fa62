using System.Text.Json;
using System.Text.Unicode;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>
/// What the runner in the sandbox says on the result channel: one JSON object, <c>{"ok":true,"result":...}</c> or
/// <c>{"ok":false,"kind":...,"message":...,"traceback":...}</c>. Whoever wrote it may have been the user's code: it is believed in nothing
/// but what a script may say of itself.
/// </summary>
internal sealed record MainReport
{
    /// <summary>The faults of a report as such.</summary>
    public enum Fault
    {
        None,

        /// <summary>It is no JSON, or not of the form above.</summary>
        Malformed,

        /// <summary>Its result is nested deeper than it may be.</summary>
        TooDeep,
    }

    public Fault Wrong { get; private init; }

    /// <summary>True when <see cref="Result"/> is what <c>main()</c> returned.</summary>
    public bool Ok { get; private init; }

    /// <summary>Checked JSON.</summary>
    public ReadOnlyMemory<byte> Result { get; private init; }

    public string? Kind { get; private init; }

    public string? Message { get; private init; }

    public string? Traceback { get; private init; }

    public static MainReport Parse(ReadOnlyMemory<byte> bytes, int maxDepth)
    {
        if (!Utf8.IsValid(bytes.Span))
        {
            return new MainReport { Wrong = Fault.Malformed };
        }

        try
        {
            return Read(bytes, maxDepth) ?? new MainReport { Wrong = Fault.Malformed };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is GetString's for half a surrogate pair.
            return new MainReport { Wrong = Fault.Malformed };
        }
    }

    private static MainReport? Read(ReadOnlyMemory<byte> bytes, int maxDepth)
    {
        // The reader's own limit counts every level; ours is checked beside it, to tell "too deep" from "no JSON".
        var reader = new Utf8JsonReader(bytes.Span, new JsonReaderOptions { MaxDepth = maxDepth + 2 });
        var report = new MainReport();
        bool? ok = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!seen.Add(name) || !reader.Read())
            {
                return null;
            }

            switch (name)
            {
                case "ok" when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                    ok = reader.GetBoolean();
                    break;
                case "result":
                    var start = (int)reader.TokenStartIndex;
                    if (!SkipValue(ref reader, maxDepth))
                    {
                        return new MainReport { Wrong = Fault.TooDeep };
                    }

                    report = report with { Result = bytes[start..(int)reader.BytesConsumed] };
                    break;
                case "kind" when reader.TokenType == JsonTokenType.String:
                    report = report with { Kind = reader.GetString() };
                    break;
                case "message" when reader.TokenType == JsonTokenType.String:
                    report = report with { Message = reader.GetString() };
                    break;
                case "traceback" when reader.TokenType is JsonTokenType.String or JsonTokenType.Null:
                    report = report with { Traceback = reader.GetString() };
                    break;
                default:
                    return null;
            }
        }

        // One more read: the reader itself refuses anything but white space after the end.
        if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
        {
            return null;
        }

        return ok switch
        {
            true when seen.Contains("result") => report with { Ok = true },
            false when report.Kind is not null => report,
            _ => null,
        };
    }

    /// <summary>Reads over one value; false when it is nested too deep.</summary>
    private static bool SkipValue(ref Utf8JsonReader reader, int maxDepth)
    {
        // The envelope is one level; a value that opens is at CurrentDepth when its first token is read.
        var envelope = reader.CurrentDepth;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return true;
        }

        do
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth - envelope + 1 > maxDepth)
            {
                return false;
            }

            if (!reader.Read())
            {
                throw new JsonException();
            }
        }
        while (reader.CurrentDepth > envelope);

        return true;
    }
}

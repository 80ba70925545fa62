using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>Chooses among media types by an <c>Accept</c> header, as RFC 9110 says.</summary>
internal static class AcceptedFormat
{
    private static readonly (OutputFormat Format, MediaTypeHeaderValue Type)[] s_formats =
    [
        (OutputFormat.Text, new("text/plain")),
        (OutputFormat.Ndjson, new("application/x-ndjson")),
        (OutputFormat.EventStream, new("text/event-stream")),
    ];

    private static readonly (OutputFormat Format, MediaTypeHeaderValue Type)[] s_bytes =
    [
        (OutputFormat.Text, new("application/octet-stream")),
        (OutputFormat.Ndjson, new("application/x-ndjson")),
        (OutputFormat.EventStream, new("text/event-stream")),
    ];

    private static readonly (OutputFormat Format, MediaTypeHeaderValue Type)[] s_items = s_bytes[1..];

    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    /// <summary>What <see cref="Choose"/> chooses from, for messages.</summary>
    public const string All = "text/plain, application/x-ndjson, text/event-stream";

    /// <summary>What <see cref="ChooseForBytes"/> chooses from, for messages.</summary>
    public const string AllForBytes = "application/octet-stream, application/x-ndjson, text/event-stream";

    /// <summary>What <see cref="ChooseForItems"/> chooses from, for messages.</summary>
    public const string AllForItems = "application/x-ndjson, text/event-stream";

    /// <summary>The format that the caller likes best; null when it takes none. Without a header: text.</summary>
    public static OutputFormat? Choose(StringValues accept) => ChooseAmong(accept, s_formats);

    /// <summary>The same for bytes as they are, which <see cref="OutputFormat.Text"/> stands for, or as items.</summary>
    public static OutputFormat? ChooseForBytes(StringValues accept) => ChooseAmong(accept, s_bytes);

    /// <summary>The same for what has no other form than items.</summary>
    public static OutputFormat? ChooseForItems(StringValues accept) => ChooseAmong(accept, s_items);

    private static OutputFormat? ChooseAmong(StringValues accept, (OutputFormat Format, MediaTypeHeaderValue Type)[] formats)
    {
        if (!TryParse(accept, out var ranges))
        {
            return null;
        }

        if (ranges.Count == 0)
        {
            return formats[0].Format;
        }

        // By quality; then by what the caller wrote first; then by our own order (the sort is stable).
        return formats
            .Select(format => (format.Format, Rank: Rank(format.Type, ranges)))
            .Where(format => format.Rank.Quality > 0)
            .OrderByDescending(format => format.Rank.Quality)
            .ThenBy(format => format.Rank.Position)
            .Select(format => (OutputFormat?)format.Format)
            .FirstOrDefault();
    }

    /// <summary>Whether the caller takes JSON.</summary>
    public static bool AllowsJson(StringValues accept) =>
        TryParse(accept, out var ranges) && (ranges.Count == 0 || Rank(s_json, ranges).Quality > 0);

    private static bool TryParse(StringValues accept, out IList<MediaTypeHeaderValue> ranges)
    {
        ranges = [];
        if (StringValues.IsNullOrEmpty(accept))
        {
            return true;
        }

        var parsed = MediaTypeHeaderValue.TryParseStrictList(accept, out var list);
        ranges = list ?? ranges;
        return parsed;
    }

    /// <summary>The quality of a type, by the most specific range that it falls in, and where the header has that range.</summary>
    private static (double Quality, int Position) Rank(MediaTypeHeaderValue type, IList<MediaTypeHeaderValue> ranges)
    {
        var best = (Specificity: -1, Quality: 0d, Position: int.MaxValue);
        for (var i = 0; i < ranges.Count; i++)
        {
            var range = ranges[i];
            var specificity = range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2;
            if (specificity > best.Specificity && type.IsSubsetOf(WithoutParameters(range)))
            {
                best = (specificity, range.Quality ?? 1, i);
            }
        }

        return (best.Quality, best.Position);
    }

    // "text/plain; charset=utf-8" takes our text/plain: it is UTF-8.
    private static MediaTypeHeaderValue WithoutParameters(MediaTypeHeaderValue range) => new(range.MediaType);
}

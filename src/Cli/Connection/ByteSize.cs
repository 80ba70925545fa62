using System.Globalization;

namespace Sandboxes.Cli.Connection;

/// <summary>Sizes such as 512M, as people write and read them.</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    /// <summary>Bytes; K, M, G and T are powers of 1,024.</summary>
    /// <exception cref="UsageException">It is no size.</exception>
    public static long? Parse(string? text, string option)
    {
        if (text is null) return null;
        var power = Units.IndexOf(char.ToUpperInvariant(text.Length > 0 ? text[^1] : '?'), StringComparison.Ordinal) + 1;
        return double.TryParse(power > 0 ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * Math.Pow(1024, power) is >= 1 and < (1L << 53) and var bytes
            ? (long)bytes
            : throw new UsageException($"{option} takes bytes, or a number with K, M, G or T, such as 512M; not '{text}'.");
    }

    /// <summary>A question mark for what is not known.</summary>
    public static string Format(long? size)
    {
        if (size is not { } bytes) return "?";
        var (value, unit) = ((double)bytes, -1);
        for (; value >= 1024 && unit < Units.Length - 1; value /= 1024) unit++;
        return unit < 0 ? $"{bytes} B" : $"{value:0.#} {Units[unit]}B";
    }
}

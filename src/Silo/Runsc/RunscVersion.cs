using System.Globalization;
using System.Text.RegularExpressions;

namespace Sandbox.Silo.Runsc;

/// <summary>The version of a runsc: gVisor numbers its releases by date.</summary>
/// <param name="Date">The release's date.</param>
/// <param name="Text">The version as runsc prints it, such as <c>release-20240729.0</c> or <c>0.0~20240729.0</c> (Debian).</param>
internal sealed partial record RunscVersion(DateOnly Date, string Text)
{
    /// <summary>The oldest release that sandboxes work on.</summary>
    public static readonly DateOnly Oldest = new(2024, 7, 29);

    /// <summary>The first release that reads <c>dev.gvisor.internal.cpufeatures</c>; older ones pass over it in silence.</summary>
    public static readonly DateOnly OldestThatLevelsFeatures = new(2025, 8, 20);

    /// <summary>Whether it can hide processor features from guests.</summary>
    public bool LevelsFeatures => Date >= OldestThatLevelsFeatures;

    /// <summary>Whether sandboxes work on this release.</summary>
    public bool IsSupported => Date >= Oldest;

    /// <summary>Reads the output of <c>runsc --version</c>; null where it names no release.</summary>
    public static RunscVersion? Parse(string output)
    {
        var match = Pattern().Match(output);
        return match.Success
            && DateOnly.TryParseExact(match.Groups["date"].Value, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? new RunscVersion(date, match.Groups["text"].Value)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    [GeneratedRegex(@"^runsc version (?<text>\S*?(?<date>\d{8})\S*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}

using System.Globalization;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>How long and with which numbers the torture tests run.</summary>
internal static class TortureSettings
{
    /// <summary>Whether everything is to be walked over: <c>SANDBOX_TORTURE=long</c>.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("SANDBOX_TORTURE") == "long";

    /// <summary>How many random sequences are run: <c>SANDBOX_TORTURE_SEQUENCES</c>, 25 without it.</summary>
    public static int Sequences => Number("SANDBOX_TORTURE_SEQUENCES") ?? 25;

    /// <summary>The one sequence to run again: <c>SANDBOX_TORTURE_SEED</c>.</summary>
    public static int? Seed => Number("SANDBOX_TORTURE_SEED");

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

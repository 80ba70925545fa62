using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute;

/// <summary>Reads the query of <c>POST /execute</c>.</summary>
internal static class ExecuteQuery
{
    /// <summary>The least that a program may be given: below it none gets to its first line.</summary>
    public const double LeastTimeoutSeconds = 0.001;

    /// <summary>The language named, or null when none is.</summary>
    public static Language? ReadLanguage(IQueryCollection query)
    {
        if (ReadSingle(query, "language") is not { } text)
        {
            return null;
        }

        return LanguageNames.TryParse(text, out var language) ? language : throw new ProblemException(ExecuteProblems.UnknownLanguage());
    }

    /// <summary>The timeout named, or null when none is.</summary>
    public static TimeSpan? ReadTimeout(IQueryCollection query, double maximumSeconds)
    {
        if (ReadSingle(query, "timeout") is not { } text)
        {
            return null;
        }

        // No exponents, signs, blanks or group separators: what is left means the same to everybody.
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && IsTimeout(seconds, maximumSeconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw new ProblemException(ExecuteProblems.InvalidTimeout(maximumSeconds));
    }

    /// <summary>Whether a number of seconds can be a timeout. Not-a-number is none.</summary>
    public static bool IsTimeout(double seconds, double maximumSeconds) => seconds >= LeastTimeoutSeconds && seconds <= maximumSeconds;

    private static string? ReadSingle(IQueryCollection query, string name)
    {
        var values = query[name];
        return values.Count <= 1 ? values : throw new ProblemException(ExecuteProblems.RepeatedQuery(name));
    }
}

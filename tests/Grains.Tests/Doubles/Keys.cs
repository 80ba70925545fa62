namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Keys that no other test uses.</summary>
internal static class Keys
{
    private static int _last;

    public static string Owner() => $"owner{Interlocked.Increment(ref _last)}";

    public static string New() => $"{Owner()}/one";
}

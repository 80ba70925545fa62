using System.Runtime.CompilerServices;

namespace Sandbox.Engine.Tests.Hosting;

/// <summary>Keys that no other test uses.</summary>
internal static class Key
{
    public static string New([CallerMemberName] string test = "") => $"{test}/{Guid.NewGuid():n}";
}

using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>The members of answers that most tests read.</summary>
internal static class Items
{
    public static string Type(this JsonElement item) => item.Text("type");

    public static string Text(this JsonElement item, string name) => item.GetProperty(name).GetString()!;

    public static long Offset(this JsonElement item) => item.GetProperty("offset").GetInt64();

    public static byte[] Data(this JsonElement item) => item.GetProperty("data").GetBytesFromBase64();

    /// <summary>A sandbox's status, out of the answers that have one.</summary>
    public static string Status(this JsonElement answer) => answer.GetProperty("sandbox").Text("status");
}

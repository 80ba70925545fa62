using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace Sandboxes.Tests.Server;

/// <summary>Errors in the hub's form.</summary>
internal static class ScriptedError
{
    public static HubException Of(object error) => new(JsonSerializer.Serialize(error));

    public static HubException Of(string code, string message) => Of(new { code, message });
}

using System.Net.WebSockets;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>What a client is told of something that happened to its sandbox.</summary>
/// <param name="Statuses">One at least, in their order.</param>
/// <param name="Close">With what the connection closes then; null: it stays.</param>
/// <param name="Error">The error event behind the last status, or null.</param>
/// <param name="IsLoss">Whether the sandbox was lost here.</param>
internal sealed record SessionNews(string[] Statuses, WebSocketCloseStatus? Close = null, string? Error = null, bool IsLoss = false);

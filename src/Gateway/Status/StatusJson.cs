using System.Text.Json.Serialization;

namespace Sandbox.Gateway.Status;

/// <summary>The serializers of this folder's answers.</summary>
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ServiceAnswer))]
internal sealed partial class StatusJson : JsonSerializerContext;

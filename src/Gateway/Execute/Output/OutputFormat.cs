namespace Sandbox.Gateway.Execute.Output;

/// <summary>The forms in which a script's output is streamed.</summary>
internal enum OutputFormat
{
    /// <summary>text/plain: the bytes as they are.</summary>
    Text,

    /// <summary>application/x-ndjson: one JSON event a line.</summary>
    Ndjson,

    /// <summary>text/event-stream: the same events for EventSource readers.</summary>
    EventStream,
}

using Sandbox.Gateway.Wire;
using Sandbox.Grains.Processes;

namespace Sandbox.Gateway.Processes.Output;

/// <summary>Which output a reader wants, and from where.</summary>
internal sealed record OutputRequest(string ProcessId, ProcessChannel Channel, OutputCursor From, bool Follow)
{
    /// <exception cref="CallException">The request cannot be; the message names the member.</exception>
    public static OutputRequest Read(Arguments request, string processId) => new(
        processId,
        request.Word("channel", WireNames.Stdout, WireNames.Stderr, WireNames.Terminal) switch
        {
            WireNames.Stderr => ProcessChannel.Stderr,
            WireNames.Terminal => ProcessChannel.Terminal,
            _ => ProcessChannel.Stdout,
        },
        new OutputCursor(request.Whole("timeline", 0, Arguments.MostNumber), request.Whole("offset", 0, Arguments.MostNumber) ?? 0),
        request.Flag("follow", otherwise: true));
}

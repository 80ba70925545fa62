using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Processes.Output;
using Sandbox.Gateway.Sandboxes.Events;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <content>What the server streams. An iterator runs outside of <see cref="CallFilter"/>, so failures get their form here.</content>
internal sealed partial class SandboxHub
{
    /// <summary>The longest id of a reader.</summary>
    private const int MostReadId = 128;

    private ConnectionReaders Readers => (ConnectionReaders)Context.Items[typeof(ConnectionReaders)]!;

    [HubMethodName("ReadOutput")]
    public IAsyncEnumerable<OutputItemView> ReadOutputAsync(JsonElement request, CancellationToken cancellationToken) =>
        GuardAsync("ReadOutput", ReadOutputOfAsync(request, cancellationToken), cancellationToken);

    [HubMethodName("AckOutput")]
    public void AckOutput(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        var offset = arguments.RequiredWhole("offset", 0, Arguments.MostNumber);
        var timeline = arguments.Whole("timeline", 0, Arguments.MostNumber);

        // A reader that has ended needs none.
        Readers.Find(arguments.RequiredText("readId", MostReadId))?.Acknowledge(offset, timeline);
    }

    [HubMethodName("ReadEvents")]
    public IAsyncEnumerable<EventView> ReadEventsAsync(JsonElement request, CancellationToken cancellationToken) =>
        GuardAsync("ReadEvents", ReadEventsOfAsync(request, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<OutputItemView> ReadOutputOfAsync(
        JsonElement request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arguments = Arguments.Of(request);
        var readId = arguments.RequiredText("readId", MostReadId);
        var wanted = OutputRequest.Read(arguments, Ids.CheckProcess(arguments.RequiredText("processId", 256)));
        var reader = new OutputReader(await OpenAsync(arguments, SandboxId), wanted, time, logger);
        var readers = Readers;
        readers.Add(readId, reader);
        try
        {
            await foreach (var item in reader.ReadAsync(cancellationToken)) yield return item;
        }
        finally
        {
            readers.Remove(readId);
        }
    }

    private async IAsyncEnumerable<EventView> ReadEventsOfAsync(
        JsonElement request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arguments = Arguments.Of(request);
        var wanted = EventRequest.Read(arguments);
        var sandbox = await OpenAsync(arguments, SandboxId);
        await foreach (var happened in EventSource.ReadAsync(sandbox, wanted, cancellationToken)) yield return happened;
    }

    private async IAsyncEnumerable<T> GuardAsync<T>(
        string call, IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var enumerator = items.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await enumerator.MoveNextAsync()) yield break;
            }
            catch (Exception e) when (e is not HubException && !cancellationToken.IsCancellationRequested)
            {
                throw failures.Explain(e, call).ToHubException();
            }

            yield return enumerator.Current;
        }
    }
}

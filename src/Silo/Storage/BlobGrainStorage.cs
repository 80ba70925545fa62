using System.Text.Json;
using Orleans.Storage;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Keeps grain states as JSON in the blob store. A state's version is its blob's generation, so that of two activations of one grain, or two
/// processes, only one writes over what both read; the other gets an <see cref="InconsistentStateException"/>.
/// </summary>
internal sealed class BlobGrainStorage(IBlobStore store) : IGrainStorage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        await using var blob = await store.OpenAsync(NameOf(grainId, stateName), cancellationToken: cancellationToken);
        if (blob is null)
        {
            Reset(grainState);
            return;
        }

        grainState.State = (await JsonSerializer.DeserializeAsync<T>(blob.Content, Json, cancellationToken))!;
        grainState.ETag = blob.Properties.Generation;
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        var name = NameOf(grainId, stateName);
        var options = grainState.ETag is { } expected ? BlobPutOptions.Replace(expected) : BlobPutOptions.Create;
        if (grainState.State is IDescribedState described) options = options with { Metadata = described.DescribeState() };
        var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(grainState.State, Json));
        var written = await store.PutAsync(name, content, options, cancellationToken) ?? throw await InconsistentAsync(name, grainState.ETag, cancellationToken);
        grainState.ETag = written.Generation;
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        var name = NameOf(grainId, stateName);
        var gone = grainState.ETag is { } expected
            ? await store.DeleteAsync(name, expected, cancellationToken)
            : await store.FindAsync(name, cancellationToken) is null;
        if (!gone)
        {
            throw await InconsistentAsync(name, grainState.ETag, cancellationToken);
        }

        Reset(grainState);
    }

    private static string NameOf(GrainId grain, string stateName) => GrainBlobName.Of(grain.Type.ToString()!, grain.Key.ToString()!, stateName);

    private static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null!;
        grainState.RecordExists = false;
    }

    private async Task<InconsistentStateException> InconsistentAsync(string name, string? expected, CancellationToken cancellationToken)
    {
        var stored = (await store.FindAsync(name, cancellationToken))?.Generation ?? "none";
        return new InconsistentStateException($"The state {name} has been written by another activation.", stored, expected ?? "none");
    }
}

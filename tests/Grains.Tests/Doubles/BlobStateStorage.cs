using System.Text.Json;
using Orleans.Storage;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Grain states as JSON blobs, by the rule of <see cref="GrainBlobName"/> and with the metadata of <see cref="IDescribedState"/>.</summary>
internal sealed class BlobStateStorage(IBlobStore blobs) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var blob = await blobs.OpenAsync(Name(stateName, grainId));
        grainState.State = blob is null ? Activator.CreateInstance<T>() : (await JsonSerializer.DeserializeAsync<T>(blob.Content))!;
        grainState.ETag = blob?.Properties.Generation;
        grainState.RecordExists = blob is not null;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var options = grainState.ETag is { } known ? BlobPutOptions.Replace(known) : BlobPutOptions.Create;
        if (grainState.State is IDescribedState described) options = options with { Metadata = described.DescribeState() };
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(grainState.State));
        var written = await blobs.PutAsync(Name(stateName, grainId), content, options)
            ?? throw new InconsistentStateException("Another one has written.", "another", grainState.ETag!);
        grainState.ETag = written.Generation;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is { } known && !await blobs.DeleteAsync(Name(stateName, grainId), known))
        {
            throw new InconsistentStateException("Another one has written.", "another", known);
        }

        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static string Name(string stateName, GrainId grain) => GrainBlobName.Of(grain.Type.ToString()!, grain.Key.ToString()!, stateName);
}

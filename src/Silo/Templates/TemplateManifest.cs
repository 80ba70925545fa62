using System.Text.Json;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Templates;

/// <summary>What the blob store says of a template, under <c>templates/NAME</c>.</summary>
/// <param name="Name">The template.</param>
/// <param name="RecipeHash">The recipe that it was built from.</param>
/// <param name="Layer">Its content. The template's hash is the layer's digest.</param>
/// <param name="Created">When it was built.</param>
internal sealed record TemplateManifest(string Name, string RecipeHash, LayerDescriptor Layer, DateTimeOffset Created)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static string BlobNameOf(string template) => $"{ReservedBlobWords.Templates}/{template}";

    /// <summary>Reads a template's manifest with its generation; null when there is none.</summary>
    public static async Task<(TemplateManifest Manifest, string Generation)?> ReadAsync(IBlobStore store, string template, CancellationToken cancellationToken)
    {
        await using var blob = await store.OpenAsync(BlobNameOf(template), cancellationToken: cancellationToken);
        if (blob is null)
        {
            return null;
        }

        try
        {
            return (await JsonSerializer.DeserializeAsync<TemplateManifest>(blob.Content, Json, cancellationToken) ?? throw new JsonException("It is null."),
                blob.Properties.Generation);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw new TemplateException($"The manifest of the template '{template}' is damaged: {exception.Message} Delete the blob {BlobNameOf(template)} and build it anew.", exception);
        }
    }

    /// <summary>Writes the manifest over the generation that was read, or where none was.</summary>
    /// <returns>False when another process has written one meanwhile.</returns>
    public async Task<bool> WriteAsync(IBlobStore store, string? overGeneration, CancellationToken cancellationToken)
    {
        var options = overGeneration is null ? BlobPutOptions.Create : BlobPutOptions.Replace(overGeneration);
        options = options with { Metadata = new Dictionary<string, string> { ["digest"] = Layer.Digest.ToString(), ["recipe"] = RecipeHash } };
        var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(this, Json));
        return await store.PutAsync(BlobNameOf(Name), content, options, cancellationToken) is not null;
    }
}

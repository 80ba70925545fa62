using Microsoft.AspNetCore.Http;

namespace Sandbox.CloudStorage;

/// <summary>A request's parameters.</summary>
internal sealed class Query(IQueryCollection values)
{
    public string? Text(string name) => values.TryGetValue(name, out var value) ? value.ToString() : null;

    public long? Number(string name) => Text(name) is { Length: > 0 } text
        ? long.TryParse(text, out var number) ? number : throw new StorageException(400, "invalid", $"Invalid value for {name}: {text}")
        : null;
}

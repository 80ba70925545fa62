namespace Orleans.Core;

/// <summary>State that is kept in storage.</summary>
public interface IStorage
{
    /// <summary>The version last read or written; null when there is nothing in storage.</summary>
    string? Etag { get; }

    /// <summary>Whether there was something in storage when last read or written.</summary>
    /// <exception cref="InvalidOperationException">The state was not read yet.</exception>
    bool RecordExists { get; }

    /// <summary>Removes the state from storage and resets it here.</summary>
    /// <exception cref="Storage.InconsistentStateException">Storage holds another version.</exception>
    Task ClearStateAsync();

    /// <summary>Writes the state to storage.</summary>
    /// <exception cref="Storage.InconsistentStateException">Storage holds another version.</exception>
    Task WriteStateAsync();

    /// <summary>Reads the state from storage; what was not written is lost.</summary>
    Task ReadStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    /// <param name="cancellationToken">Gives up.</param>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    /// <param name="cancellationToken">Gives up.</param>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    /// <param name="cancellationToken">Gives up.</param>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

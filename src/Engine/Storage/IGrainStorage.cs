using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Where states are kept: registered as a keyed singleton under the storage's name. Every method checks the version that it is given and
/// sets the new one.
/// </summary>
public interface IGrainStorage
{
    /// <summary>Fills in the state, its version and whether it exists; a new state where there is none.</summary>
    /// <param name="stateName">The state's name within the grain.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">What to fill in.</param>
    /// <typeparam name="T">The type of the state.</typeparam>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="ReadStateAsync{T}(string, GrainId, IGrainState{T})"/>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        ReadStateAsync(stateName, grainId, grainState);

    /// <summary>Writes the state and sets its new version.</summary>
    /// <param name="stateName">The state's name within the grain.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">What to write; its version is the one that storage must hold, null for none.</param>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <exception cref="InconsistentStateException">Storage holds another version.</exception>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="WriteStateAsync{T}(string, GrainId, IGrainState{T})"/>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        WriteStateAsync(stateName, grainId, grainState);

    /// <summary>Removes the state and resets it.</summary>
    /// <param name="stateName">The state's name within the grain.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">The state; its version is the one that storage must hold.</param>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <exception cref="InconsistentStateException">Storage holds another version.</exception>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="ClearStateAsync{T}(string, GrainId, IGrainState{T})"/>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        ClearStateAsync(stateName, grainId, grainState);
}

namespace Orleans;

/// <summary>What passes between a grain's state and its storage.</summary>
/// <typeparam name="T">The type of the state.</typeparam>
public interface IGrainState<T>
{
    /// <summary>The state.</summary>
    T? State { get; set; }

    /// <summary>Its version; null when it is not in storage.</summary>
    string? ETag { get; set; }

    /// <summary>Whether it is in storage.</summary>
    bool RecordExists { get; set; }
}

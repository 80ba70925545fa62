namespace Orleans.Core;

/// <summary>State of one type that is kept in storage.</summary>
/// <typeparam name="TState">The type.</typeparam>
public interface IStorage<TState> : IStorage
{
    /// <summary>The state. Read before <c>OnActivateAsync</c>; a new object when there was nothing in storage.</summary>
    /// <exception cref="InvalidOperationException">Used outside the grain's own turns.</exception>
    TState State { get; set; }
}

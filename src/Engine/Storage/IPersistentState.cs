using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A grain's state in storage, given to its constructor by <see cref="PersistentStateAttribute"/>.</summary>
/// <typeparam name="TState">The type of the state.</typeparam>
public interface IPersistentState<TState> : IStorage<TState>;

using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>A grain's state in storage. Its operations run one after another, in the order in which they were asked for.</summary>
internal sealed class PersistentState<TState>(string name, Activation activation, IGrainStorage storage)
    : IPersistentState<TState>, ILoadedState
{
    private readonly GrainState<TState> _state = new(NewState.Of<TState>());
    private Task _last = Task.CompletedTask;
    private bool _loaded;

    public TState State
    {
        get
        {
            ThrowIfOutside();
            return _state.State!;
        }

        set
        {
            ThrowIfOutside();
            _state.State = value;
        }
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _loaded ? _state.RecordExists : throw new InvalidOperationException("The state was not read yet.");

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public Task ReadStateAsync(CancellationToken cancellationToken) =>
        Next(() => storage.ReadStateAsync(name, activation.GrainId, _state, cancellationToken));

    public Task WriteStateAsync(CancellationToken cancellationToken) =>
        Next(() => storage.WriteStateAsync(name, activation.GrainId, _state, cancellationToken));

    public Task ClearStateAsync(CancellationToken cancellationToken) =>
        Next(() => storage.ClearStateAsync(name, activation.GrainId, _state, cancellationToken));

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await ReadStateAsync(cancellationToken);
        _loaded = true;
    }

    private Task Next(Func<Task> operation)
    {
        ThrowIfOutside();
        return _last = RunAsync(_last, operation);
    }

    private static async Task RunAsync(Task before, Func<Task> operation)
    {
        // The one before has reported its failure to whoever asked for it.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await operation();
    }

    private void ThrowIfOutside()
    {
        if (ReferenceEquals(Activation.Current, activation)) return;
        throw new InvalidOperationException(
            $"The state \"{name}\" of {activation.GrainId} was used outside the grain's turns, as after ConfigureAwait(false).");
    }
}

namespace Orleans.Runtime;

/// <summary>The caller's side of an enumeration: fetches batches, and ends the grain's side when disposed, cancelled or failed.</summary>
internal sealed class RemoteEnumerator<T> : IAsyncEnumerator<T>
{
    private readonly EnumerableMethod<T> _method;
    private readonly GrainReference _target;
    private readonly object?[] _arguments;
    private readonly int _batchSize;
    private readonly CancellationTokenSource? _linked;
    private readonly CancellationToken _token;
    private GrainEnumeration<T>? _enumeration;
    private Activation? _activation;
    private Batch<T> _batch = new([], EnumerationState.Running);
    private int _index;
    private bool _disposed;

    public RemoteEnumerator(
        EnumerableMethod<T> method, GrainReference target, object?[] arguments, int batchSize, CancellationToken cancellationToken)
    {
        _method = method;
        _target = target;
        _arguments = arguments;
        _batchSize = batchSize;
        var passed = method.TokenOf(arguments);
        if (passed.CanBeCanceled && cancellationToken.CanBeCanceled && passed != cancellationToken)
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(passed, cancellationToken);
            _token = _linked.Token;
        }
        else
        {
            _token = cancellationToken.CanBeCanceled ? cancellationToken : passed;
        }
    }

    public T Current
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _index < _batch.Items.Count
                ? _batch.Items[_index]
                : throw new InvalidOperationException("There is no current item: MoveNextAsync was not called or returned false.");
        }
    }

    private Engine Engine => _target.Engine;

    public ValueTask<bool> MoveNextAsync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_index + 1 < _batch.Items.Count)
        {
            _index++;
            return new ValueTask<bool>(true);
        }

        if (_batch.State is EnumerationState.Completed)
        {
            _index = _batch.Items.Count;
            return new ValueTask<bool>(false);
        }

        return FetchAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await EndAsync();
        _linked?.Dispose();
    }

    private async ValueTask<bool> FetchAsync()
    {
        try
        {
            do
            {
                _token.ThrowIfCancellationRequested();
                _batch = await (_activation is null ? StartAsync() : NextAsync());
            }
            while (_batch is { Items.Count: 0, State: EnumerationState.Running });
        }
        catch
        {
            await EndAsync();
            throw;
        }

        _index = 0;
        if (_batch.State is not EnumerationState.Aborted) return _batch.Items.Count > 0;
        throw new EnumerationAbortedException(
            $"The enumeration of {_method.Name} of {_target.GrainId} is gone: its activation has ended, or nobody asked for its next item "
            + $"for longer than the response timeout, {Engine.Messaging.ResponseTimeout}. Start it again from where it was.");
    }

    private Task<Batch<T>> StartAsync()
    {
        EnumerationCall<Batch<T>>? call = null;
        call = new EnumerationCall<Batch<T>>(_target.GrainId, _method.Name, Begin, default, restarts: true) { Interleave = true };
        return call.Send(Engine.Activations.Dispatch, Engine, Engine.Messaging.ResponseTimeout, _token);

        async ValueTask<Batch<T>> Begin(Activation activation)
        {
            var enumeration = new GrainEnumeration<T>(
                activation, token => _method.Begin(activation, _arguments, token), _batchSize, _method.CopiesItems);
            _enumeration = enumeration;
            Interlocked.Exchange(ref _activation, activation);

            // Either this sees that the caller has given up, or the caller sees the enumeration and ends it.
            if (!call!.IsCompleted) return await enumeration.NextAsync();
            await enumeration.EndAsync();
            return new Batch<T>([], EnumerationState.Aborted);
        }
    }

    private Task<Batch<T>> NextAsync()
    {
        var call = new EnumerationCall<Batch<T>>(
            _target.GrainId, _method.Name, _ => _enumeration!.NextAsync(), new Batch<T>([], EnumerationState.Aborted), restarts: false)
        {
            Interleave = true,
        };
        return call.Send(_ => call.SendTo(_activation!), Engine, Engine.Messaging.ResponseTimeout, _token);
    }

    private async Task EndAsync()
    {
        if (Volatile.Read(ref _activation) is not { } activation || _batch.State is not EnumerationState.Running) return;
        var call = new EnumerationCall<Nothing>(_target.GrainId, _method.Name, EndInGrain, default, restarts: false) { Interleave = true };
        try
        {
            await call.Send(_ => call.SendTo(activation), Engine, Engine.Messaging.ResponseTimeout, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The caller is done with it either way; the grain's side ends by the next sweep at the latest.
            Engine.LogEnumerationFailed(exception, _target.GrainId);
        }

        async ValueTask<Nothing> EndInGrain(Activation _)
        {
            await _enumeration!.EndAsync();
            return default;
        }
    }
}

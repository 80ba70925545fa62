namespace Sandbox.Silo.Layers;

// What is unpacked before anybody asks for it.
internal sealed partial class LayerDirectories
{
    private IReadOnlyList<LayerDescriptor>? _anticipated;
    private Task _ahead = Task.CompletedTask;

    /// <summary>
    /// Unpacks a stack in the background, since it may be used here soon, if it fits without another going for it. One after another; of those that wait only the last
    /// is. What goes wrong is told to whoever uses it.
    /// </summary>
    /// <param name="layers">The stack, lowest first.</param>
    /// <returns>Completes when nothing is left to be unpacked ahead.</returns>
    public Task AnticipateAsync(IReadOnlyList<LayerDescriptor> layers)
    {
        lock (_gate)
        {
            if (_closing.IsCancellationRequested) return Task.CompletedTask;
            _anticipated = layers;
            if (_ahead.IsCompleted) _ahead = Task.Run(UnpackAheadAsync);
            return _ahead;
        }
    }

    private async Task UnpackAheadAsync()
    {
        while (NextAhead() is { } layers)
        {
            try
            {
                (await UseAsync(layers, _closing.Token)).Dispose();
            }
            catch (Exception e) when (e is LayerException or IOException or InvalidDataException or UnauthorizedAccessException or OperationCanceledException)
            {
                // It is tried again when it is used, and said then.
            }
        }
    }

    private IReadOnlyList<LayerDescriptor>? NextAhead()
    {
        lock (_gate)
        {
            var layers = _anticipated;
            _anticipated = null;
            if (layers is null || _closing.IsCancellationRequested) return Done();
            Look();
            var missing = Enumerable.Range(0, layers.Count).Where(i => !_shelf.Has(NameOf(ChainOf(layers.Take(i + 1))))).Sum(i => layers[i].UnpackedSize);
            return _shelf.Bytes + missing <= mostBytes ? layers : Done();

            // With the gate held, so that whoever comes next begins anew.
            IReadOnlyList<LayerDescriptor>? Done()
            {
                _ahead = Task.CompletedTask;
                return null;
            }
        }
    }

    private async Task EndAheadAsync()
    {
        Task ahead;
        lock (_gate) ahead = _ahead;
        await ahead;
    }
}

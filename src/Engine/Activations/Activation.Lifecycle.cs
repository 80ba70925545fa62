using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <content>How an activation begins and ends.</content>
internal sealed partial class Activation
{
    private async Task ActivateAsync()
    {
        var limit = Engine.Collection.ActivationTimeout;
        using var timeout = new CancellationTokenSource(limit, Engine.Time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, Deactivating);
        try
        {
            _scope = Engine.Services.CreateAsyncScope();
            ActivationServices.GetRequiredService<GrainContextHolder>().Context = this;
            GrainInstance = Class.Create(this, out var states);
            foreach (var state in states) await state.LoadAsync(giveUp.Token).WaitAsync(giveUp.Token);
            if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(giveUp.Token).WaitAsync(giveUp.Token);
            lock (_gate)
            {
                if (State is ActivationState.Activating) State = ActivationState.Valid;
            }
        }
        catch (Exception exception)
        {
            // Whatever the grain threw goes to those who called it; when it was told to stop instead, they get a new activation.
            if (exception is OperationCanceledException && timeout.IsCancellationRequested)
            {
                exception = new TimeoutException(
                    $"Activating {GrainId} took longer than GrainCollectionOptions.ActivationTimeout, {limit}.", exception);
            }

            if (State is ActivationState.Activating)
            {
                LogActivationFailed(Engine.Logger, exception, GrainId);
                _failure = exception;
            }

            Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationFailed, exception, "Activating failed."));
        }
        finally
        {
            lock (_gate) _activating = false;
            Signal();
        }
    }

    private async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(Engine.Collection.DeactivationTimeout, Engine.Time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _hurry);
        StopTimers();
        if (_wasValid && GrainInstance is IGrainBase grain)
        {
            await TryAsync(() => grain.OnDeactivateAsync(_reason, giveUp.Token).WaitAsync(giveUp.Token));
        }

        if (_enumerations is { } enumerations) await TryAsync(() => enumerations.EndAllAsync().WaitAsync(giveUp.Token));
        StopTimers();
        await TryAsync(DisposeGrainAsync);

        // Out of the table first: whoever then finds that this one has ended, finds a new one there.
        _owner.Remove(this);
        List<Request> left;
        lock (_gate)
        {
            State = ActivationState.Ended;
            left = _requests.Drain();
        }

        _deactivated.SetResult();
        foreach (var request in left)
        {
            if (_failure is { } failure) request.Fail(failure);
            else request.OnActivationEnded(this);
        }
    }

    private void StopTimers()
    {
        List<GrainTimer> timers;
        lock (_gate) timers = [.. _timers];
        foreach (var timer in timers) timer.Dispose();
    }

    private async Task DisposeGrainAsync()
    {
        if (GrainInstance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
        else (GrainInstance as IDisposable)?.Dispose();
        if (_scope is { } scope) await scope.DisposeAsync();
    }

    private async Task TryAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception exception)
        {
            // The activation ends all the same: a grain that fails here must not stay for ever.
            LogDeactivationStepFailed(Engine.Logger, exception, GrainId);
        }
    }
}

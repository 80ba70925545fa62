using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

// Input by offset. The link's own book is the only one: what it has sent was taken, whoever's call it was and however that ended.
internal sealed partial class LiveProcess
{
    private static readonly TimeSpan _inputWaitsAtMost = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _inputTurn = new(1, 1);
    private long? _inputEnd;

    /// <summary>
    /// As the interface says. Bytes are taken when they are on their way to the program, which is at most 65,536 bytes ahead of what it has read; they
    /// are never lost then while the sandbox lives. Calls at the same time wait for each other.
    /// </summary>
    /// <inheritdoc/>
    public async Task<Outcome<InputTaken>> WriteInputAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (offset < 0) return Refusal.Answer<InputTaken>(Refusal.Invalid("An offset is 0 or more."));
        if (!await _sandbox.Gate.EnterAsync(cancellationToken)) return Refusal.Answer<InputTaken>(Refusal.Suspended());
        using var late = new CancellationTokenSource(_inputWaitsAtMost, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token, _sandbox.Gate.Closing);
        try
        {
            await _inputTurn.WaitAsync(either.Token);
            try
            {
                return await WriteInTurnAsync(offset, data, either.Token);
            }
            finally
            {
                _inputTurn.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Taken();
        }
        catch (LinkException)
        {
            return Refusal.Answer<InputTaken>(Refusal.Gone(await _sandbox.Ended));
        }
        finally
        {
            _sandbox.Gate.Leave();
        }
    }

    /// <inheritdoc/>
    public async Task<Outcome<InputTaken>> EndInputAsync(long offset, CancellationToken cancellationToken)
    {
        if (!await _sandbox.Gate.EnterAsync(cancellationToken)) return Refusal.Answer<InputTaken>(Refusal.Suspended());
        try
        {
            return await EndInTurnAsync(offset, cancellationToken);
        }
        finally
        {
            _sandbox.Gate.Leave();
        }
    }

    private async Task<Outcome<InputTaken>> EndInTurnAsync(long offset, CancellationToken cancellationToken)
    {
        await _inputTurn.WaitAsync(cancellationToken);
        try
        {
            var sent = _guest.InputSent;
            if (offset != sent) return Refusal.Answer<InputTaken>(Refusal.Offset(offset, sent));
            if (_inputEnd is not null || !HasInput || _end is not null) return Taken();
            if (_sandbox.Refuse() is { } refusal) return Refusal.Answer<InputTaken>(refusal);
            await _guest.EndInputAsync(cancellationToken);
            _inputEnd = sent;
            return Taken();
        }
        catch (LinkException)
        {
            return Refusal.Answer<InputTaken>(Refusal.Gone(await _sandbox.Ended));
        }
        finally
        {
            _inputTurn.Release();
        }
    }

    private bool HasInput => _spec.Stdin || _spec.Terminal is not null;

    private async Task<Outcome<InputTaken>> WriteInTurnAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var sent = _guest.InputSent;
        if (offset > sent) return Refusal.Answer<InputTaken>(Refusal.Offset(offset, sent));
        if (sent - offset >= data.Length) return Taken();
        if (!HasInput) return Refusal.Answer<InputTaken>(Refusal.Conflict("The process was started without stdin."));
        if (_inputEnd is { } end) return Refusal.Answer<InputTaken>(Refusal.Conflict($"The input was ended at {end}."));
        if (_end is null && _sandbox.Refuse() is { } refusal) return Refusal.Answer<InputTaken>(refusal);
        return await _guest.WriteInputAsync(data[(int)(sent - offset)..], cancellationToken)
            ? Taken()
            : Refusal.Answer<InputTaken>(Refusal.Conflict("The process takes no more input: it has closed its stdin, or has ended."));
    }

    private Outcome<InputTaken> Taken() => Refusal.Answer(new InputTaken { Offset = _guest.InputSent });
}

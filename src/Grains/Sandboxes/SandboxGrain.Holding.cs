using Sandbox.Grains.Events;

namespace Sandbox.Grains.Sandboxes;

/// <content>
/// Where hosts share a store: each has an activation of a sandbox's grain. That of the host that holds the sandbox writes the record; the others read it
/// anew, once the holder has let go, before they do anything.
/// </content>
internal sealed partial class SandboxGrain
{
    // Whether another host runs it, as far as is known here.
    private bool _away;

    /// <summary>Has whoever runs the sandbox let it go, and reads what he left. Before each call that needs what does not live here, in its turn.</summary>
    private async Task<SandboxError?> ComeHomeAsync(CancellationToken cancellationToken)
    {
        if (_live is not null || _over || host.Holding is not { IsShared: true } holding) return null;
        if (await holding.BringAsync(_key, cancellationToken) is { } error) return error;
        var known = state.Etag;
        await state.ReadStateAsync();
        if (string.Equals(known, state.Etag, StringComparison.Ordinal) && !_away) return null;
        if (!string.Equals(known, state.Etag, StringComparison.Ordinal))
        {
            var log = _log;
            TakeStored();
            _rewound = false;

            // Its readers go on in the new one.
            log.Seal();
        }

        await ReconcileAsync();
        return _away ? Again() : null;
    }

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> HandOverAsync()
    {
        if (_live is not null && Lost is null) Append(Happened(SandboxEventType.HandoffRequested));
        return SuspendAsync();
    }

    private async Task<bool> IsElsewhereAsync() =>
        host.Holding is { IsShared: true } holding && await holding.IsElsewhereAsync(_key, CancellationToken.None);
}

using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Attachments;

/// <inheritdoc cref="IAttachmentGrain"/>
[GrainType("attachment")]
internal sealed class AttachmentGrain(SandboxClock? clock = null) : Grain, IAttachmentGrain
{
    private readonly AttachmentPlace _place = new(clock?.Time ?? TimeProvider.System);

    /// <inheritdoc/>
    public Task<bool> TakeAsync(string client)
    {
        // A place that is held must not go with a grain that is collected.
        DelayDeactivation(AttachmentPlace.Holds);
        return Task.FromResult(_place.Take(client));
    }

    /// <inheritdoc/>
    public Task LeaveAsync(string client)
    {
        _place.Leave(client);
        return Task.CompletedTask;
    }
}

namespace Sandbox.Silo.Hosting;

/// <summary>Tells the other hosts of a cluster at once that this one takes no more sandboxes.</summary>
internal interface IDrainAnnouncement
{
    /// <summary>Tells them. Never fails; who does not answer soon is not waited for.</summary>
    Task AnnounceAsync();
}

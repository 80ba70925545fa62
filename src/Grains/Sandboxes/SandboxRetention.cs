namespace Sandbox.Grains.Sandboxes;

/// <summary>How long the records of sandboxes are kept that are gone.</summary>
public static class SandboxRetention
{
    /// <summary>
    /// A deleted sandbox can be described, and its events read, for at least so long; then its record goes, and its id is as if it had never been. A failed one
    /// stays until it is deleted or created anew.
    /// </summary>
    public static readonly TimeSpan Deleted = TimeSpan.FromDays(1);
}

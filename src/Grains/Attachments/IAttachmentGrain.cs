namespace Sandbox.Grains.Attachments;

/// <summary>
/// The one client that a sandbox may have at a time, where its protocol allows no more. Its key is the sandbox's, <c>{owner}/{id}</c>. It is kept in
/// memory alone: a place is held by keeping it, and a holder that is gone without a word loses it after <see cref="AttachmentPlace.Holds"/>.
/// </summary>
[Alias("attachment")]
public interface IAttachmentGrain : IGrainWithStringKey
{
    /// <summary>Takes the place, or keeps it.</summary>
    /// <param name="client">Who: unique to a connection.</param>
    /// <returns>Whether it is the client's now; false while it is another's.</returns>
    [Alias("take")]
    Task<bool> TakeAsync(string client);

    /// <summary>Gives the place up; nothing where it is another's.</summary>
    [Alias("leave")]
    Task LeaveAsync(string client);
}

namespace Sandbox.Grains.Holding;

/// <summary>One life of one host.</summary>
/// <param name="Host">
/// The host: 1 to 64 characters of printable ASCII without <c>/</c>. It belongs to a data directory, which one process at a time has: whoever
/// starts under this name knows that every earlier life of it has ended.
/// </param>
/// <param name="Incarnation">Which life: new and unique with every start of the process.</param>
public sealed record HolderId(string Host, string Incarnation)
{
    /// <summary>A new life of a host.</summary>
    public static HolderId New(string host) =>
        host.Length is > 0 and <= 64 && host.All(c => c is > ' ' and < '\x7f' and not '/')
            ? new HolderId(host, Guid.NewGuid().ToString("N"))
            : throw new ArgumentException($"'{host}' is no name for a host: 1 to 64 characters of printable ASCII without '/'.", nameof(host));

    /// <inheritdoc/>
    public override string ToString() => $"{Host}/{Incarnation}";
}

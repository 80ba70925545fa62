namespace Sandbox.Silo.Storage.Gcs;

/// <summary>One write.</summary>
/// <param name="Name">The blob.</param>
/// <param name="ObjectName">The object that it is.</param>
/// <param name="Metadata">What is kept beside the bytes.</param>
/// <param name="Condition">The condition, as the end of a query.</param>
internal sealed record GcsPut(string Name, string ObjectName, IReadOnlyDictionary<string, string> Metadata, string Condition)
{
    /// <summary>Marks the object as made by this write.</summary>
    public string Write { get; } = Guid.NewGuid().ToString("N");

    /// <inheritdoc cref="GcsObject.Describe"/>
    public byte[] Describe(string? crc32c) => GcsObject.Describe(ObjectName, Metadata, Write, crc32c);
}

namespace Sandbox.Grains.Storage;

/// <summary>
/// A grain's state that lists show without reading it: whoever stores it as a blob writes this beside the bytes, as the blob's user metadata,
/// at every write.
/// </summary>
public interface IDescribedState
{
    /// <summary>The metadata: ASCII, at most 2,048 bytes of keys and values together.</summary>
    IReadOnlyDictionary<string, string> DescribeState();
}

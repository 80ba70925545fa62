using Sandbox.Grains.Faults;

namespace Sandbox.Silo.Faults;

/// <summary>What is to fail now.</summary>
/// <param name="DieAt">The point at which the process kills itself; null: it lives.</param>
/// <param name="Store">What the store of blobs does.</param>
internal sealed record FaultOrder(FaultPoint? DieAt, StoreFault Store)
{
    /// <summary>Nothing.</summary>
    public static FaultOrder None { get; } = new(null, StoreFault.None);

    /// <summary>
    /// Reads an order: words parted by white space, the name of a <see cref="FaultPoint"/> and one of a <see cref="StoreFault"/>, either or both.
    /// </summary>
    /// <exception cref="FormatException">A word is neither.</exception>
    public static FaultOrder Parse(string text)
    {
        var order = None;
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            order = Enum.TryParse<FaultPoint>(word, out var point) ? order with { DieAt = point }
                : Enum.TryParse<StoreFault>(word, out var store) ? order with { Store = store }
                : throw new FormatException($"'{word}' names no fault.");
        }

        return order;
    }
}

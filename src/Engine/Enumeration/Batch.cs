using System.Runtime.InteropServices;

namespace Orleans.Runtime;

/// <summary>One answer of an enumeration in a grain: some items, and whether there will be more.</summary>
/// <param name="Items">The items that were ready; none when it has ended, or when none became ready in time.</param>
/// <param name="State">How it stands.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Batch<T>(List<T> Items, EnumerationState State);

using System.Reflection;
using System.Runtime.InteropServices;

namespace Orleans.Serialization;

/// <summary>A field that crosses a grain boundary.</summary>
/// <param name="Field">The field.</param>
/// <param name="Immutable">Its member is marked so: the value is carried as it is.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CarriedMember(FieldInfo Field, bool Immutable);

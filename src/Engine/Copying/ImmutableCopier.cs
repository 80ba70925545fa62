namespace Orleans.Serialization;

/// <summary>For values that cannot change.</summary>
internal sealed class ImmutableCopier : Copier
{
    public override bool IsImmutable => true;

    public override object Copy(object value, CopyContext context) => value;
}

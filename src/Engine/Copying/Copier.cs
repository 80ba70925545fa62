namespace Orleans.Serialization;

/// <summary>Copies the values of one type.</summary>
internal abstract class Copier
{
    /// <summary>True when the value itself will do.</summary>
    public virtual bool IsImmutable => false;

    public abstract object Copy(object value, CopyContext context);
}

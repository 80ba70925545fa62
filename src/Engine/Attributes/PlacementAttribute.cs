namespace Orleans.Placement;

/// <summary>The base of attributes that say where a grain class is activated. Here that is always the one host.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public abstract class PlacementAttribute : Attribute
{
    private protected PlacementAttribute()
    {
    }
}

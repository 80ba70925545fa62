namespace Orleans.Runtime;

/// <summary>Makes an activation's context available to the services of its scope.</summary>
internal sealed class GrainContextHolder
{
    public IGrainContext? Context { get; set; }
}

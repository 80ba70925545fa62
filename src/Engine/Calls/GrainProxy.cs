namespace Orleans.Runtime;

/// <summary>What references are derived from at run time; those implement the grain's interface and hand every call to the base.</summary>
internal class GrainProxy : GrainReference;

namespace Orleans.Runtime;

/// <summary>What the runtime derives the references from; it implements the grain's interface and hands every call to the base class.</summary>
internal class GrainProxy : GrainReference;

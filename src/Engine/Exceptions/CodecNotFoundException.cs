namespace Orleans.Serialization;

/// <summary>A value of a type that may not cross a grain boundary was to cross one.</summary>
public sealed class CodecNotFoundException : Exception
{
    internal CodecNotFoundException(string message)
        : base(message)
    {
    }
}

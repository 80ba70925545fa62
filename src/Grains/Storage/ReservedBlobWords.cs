namespace Sandbox.Grains.Storage;

/// <summary>The words that a blob name may begin with in place of an owner. No owner may have one of them as its name.</summary>
public static class ReservedBlobWords
{
    /// <summary>Layers, by their digest.</summary>
    public const string Layers = "layers";

    /// <summary>The templates that ship with the product.</summary>
    public const string Templates = "templates";

    /// <summary>State of grains that belong to no owner.</summary>
    public const string System = "system";

    /// <summary>Whether a name is one of these words, and so cannot be an owner's.</summary>
    public static bool Contains(string name) => name is Layers or Templates or System;
}

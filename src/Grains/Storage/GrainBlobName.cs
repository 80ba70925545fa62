namespace Sandbox.Grains.Storage;

/// <summary>
/// The name of the blob that holds a grain's state. A grain whose key is <c>{owner}/{rest}</c> is stored as
/// <c>{owner}/grains/{grain type}/{state}/{rest}</c>, one whose key has no slash belongs to no owner and is stored as
/// <c>system/grains/{grain type}/{state}/{key}</c>. The key's rest comes last and alone, so that a listing of the prefix is in the order of the
/// ids: with anything behind it, "a-b" would come before "a".
/// </summary>
public static class GrainBlobName
{
    /// <summary>The word in front of grains that belong to no owner; reserved, so that no owner has it.</summary>
    private const string NoOwner = "system";

    /// <summary>The name for one state of one grain.</summary>
    /// <exception cref="ArgumentException">The key has characters that blob names cannot have.</exception>
    public static string Of(string grainType, string key, string stateName)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return BlobName.Check(slash < 0
            ? Prefix(NoOwner, grainType, stateName) + key
            : Prefix(key[..slash], grainType, stateName) + key[(slash + 1)..]);
    }

    /// <summary>What the names of one state of an owner's grains of a type begin with; the rest of the key follows.</summary>
    public static string Prefix(string owner, string grainType, string stateName) => $"{owner}/grains/{grainType}/{stateName}/";
}

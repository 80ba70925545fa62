namespace Sandbox.Silo.Storage.Gcs;

/// <summary>Why Cloud Storage did not do what was asked.</summary>
internal enum GcsFailure
{
    /// <summary>There is no such bucket.</summary>
    BucketMissing,

    /// <summary>Nobody knows who asks: there are no credentials, or they are refused.</summary>
    NotAuthenticated,

    /// <summary>Who asks may not.</summary>
    NotAllowed,

    /// <summary>A quota or a rate is used up, and waiting did not help.</summary>
    OverQuota,

    /// <summary>It did not answer, or failed, until the patience was at its end. A write may have taken place.</summary>
    Unavailable,

    /// <summary>An answer was lost, and what was found afterwards does not tell whether the write took place.</summary>
    Unsure,

    /// <summary>What came or arrived has another checksum than what was sent.</summary>
    Damaged,

    /// <summary>The request was refused for a reason that a retry does not change.</summary>
    Refused,
}

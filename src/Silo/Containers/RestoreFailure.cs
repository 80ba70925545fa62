namespace Sandbox.Silo.Containers;

/// <summary>Why an image was not restored.</summary>
internal enum RestoreFailure
{
    /// <summary>The image is not whole, or not an image.</summary>
    Image,

    /// <summary>This machine's processor lacks a feature that the image's has, or its cache lines have another size.</summary>
    Cpu,

    /// <summary>The container has another root image, other layers or another network than the one that was checkpointed.</summary>
    Filesystem,

    /// <summary>It took longer than its deadline.</summary>
    TimedOut,

    /// <summary>runsc failed for another reason, another version of it perhaps; the message has its words.</summary>
    Runsc,
}

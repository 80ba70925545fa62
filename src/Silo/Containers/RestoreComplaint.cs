namespace Sandbox.Silo.Containers;

/// <summary>What runsc means when it will not restore an image. It has no codes, only words; those it says are the same from 20240729 on.</summary>
internal static class RestoreComplaint
{
    private static readonly (string Words, RestoreFailure Failure)[] _known =
    [
        ("incompatible FeatureSet", RestoreFailure.Cpu),
        ("superblock mismatch", RestoreFailure.Filesystem),
        ("FD available for", RestoreFailure.Filesystem),
        ("erofs.OpenImage failed", RestoreFailure.Filesystem),
        ("restoring network stack", RestoreFailure.Filesystem),
        ("statefile error", RestoreFailure.Image),
        ("statefile cannot be empty", RestoreFailure.Image),
        ("metadata from statefile", RestoreFailure.Image),
        ("opening state file", RestoreFailure.Image),
        ("opening restore", RestoreFailure.Image),
        ("failed to load memory file", RestoreFailure.Image),
        ("hash mismatch", RestoreFailure.Image),
        (": EOF", RestoreFailure.Image),
        ("unexpected EOF", RestoreFailure.Image),
        // Last, since the files of the image may be meant too: a file that the guest had open is in none of its layers.
        ("no such file or directory", RestoreFailure.Filesystem),
    ];

    /// <summary>Reads the end of runsc's stderr; never a guest's words.</summary>
    public static RestoreFailure Read(string stderr) =>
        _known.FirstOrDefault(entry => stderr.Contains(entry.Words, StringComparison.Ordinal), (Words: "", Failure: RestoreFailure.Runsc)).Failure;

    /// <summary>The same without the stack traces that follow runsc's words.</summary>
    public static string Shorten(string stderr) =>
        stderr.IndexOf("goroutine ", StringComparison.Ordinal) is > 0 and var trace ? stderr[..trace].TrimEnd() : stderr;
}

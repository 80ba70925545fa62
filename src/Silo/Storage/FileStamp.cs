namespace Sandbox.Silo.Storage;

/// <summary>What tells one state of a file from every other that its name may have led to.</summary>
/// <param name="Inode">Its number, which another file may have once this one is gone.</param>
/// <param name="Changed">When it was last changed or renamed, by the kernel's clock: nanoseconds since 1970, in steps of its tick. Nobody sets that.</param>
/// <param name="Size">Bytes of its content.</param>
internal readonly record struct FileStamp(ulong Inode, long Changed, long Size);

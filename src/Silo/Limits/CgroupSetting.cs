namespace Sandbox.Silo.Limits;

/// <summary>A value to write into a file of a cgroup.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Value">What is written.</param>
/// <param name="Optional">Whether some kernels lack the file, and the limit holds without it.</param>
internal readonly record struct CgroupSetting(string File, string Value, bool Optional = false);

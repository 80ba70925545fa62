namespace Sandbox.Silo.Executions;

/// <summary>What a sandbox may use. It is fixed when the sandbox is started.</summary>
/// <param name="MemoryBytes">Memory of its programs.</param>
/// <param name="DiskBytes">Its files, which live in memory beside that.</param>
/// <param name="Processes">Processes and threads of one user.</param>
internal readonly record struct SandboxSize(long MemoryBytes, long DiskBytes, int Processes);

namespace Sandbox.Silo.Link;

/// <summary>A resource limit of a program, soft and hard alike.</summary>
/// <param name="Resource">The Linux number of the resource (<c>RLIMIT_FSIZE</c> is 1, <c>RLIMIT_NPROC</c> 6, <c>RLIMIT_NOFILE</c> 7).</param>
/// <param name="Value">The limit, in the resource's unit.</param>
internal readonly record struct ResourceLimit(uint Resource, ulong Value);

using Sandbox.Silo.Executions;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Starts a copy of a sandbox in which no program runs, once there is room for it: it counts as every sandbox does, and is to be removed.</summary>
/// <param name="original">The sandbox.</param>
/// <param name="imageDirectory">Where its image will lie.</param>
/// <param name="checkpoint">Writes the image, and returns the original's link as it was.</param>
/// <param name="cancellationToken">Gives up; nothing of the copy is left.</param>
internal delegate Task<Rental<StartedSandbox>> QuietCopy(
    StartedSandbox original, string imageDirectory, Func<CancellationToken, Task<LinkImage>> checkpoint, CancellationToken cancellationToken);

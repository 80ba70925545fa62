using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Starts the release agent in a real gVisor sandbox of its own.</summary>
internal static class RunscAgent
{
    public static async Task<AgentSession> StartAsync(GuestBinaries binaries, Configuration? configuration = null)
    {
        var bundle = new RunscBundle(binaries);
        try
        {
            return await bundle.StartAsync(configuration, ownsBundle: true);
        }
        catch
        {
            await bundle.DisposeAsync();
            throw;
        }
    }
}

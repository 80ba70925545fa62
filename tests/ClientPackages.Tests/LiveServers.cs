using System.Security.Cryptography;
using System.Text;
using Sandbox.TestServer;

[assembly: AssemblyFixture(typeof(Sandbox.ClientPackages.Tests.LiveServers))]
// Both cores are busy with one suite and its sandboxes: two at once would time each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Sandbox.ClientPackages.Tests;

/// <summary>The server that all tests share, and one that wants a key and lets a page of another origin in.</summary>
public sealed class LiveServers : IAsyncLifetime
{
    private SandboxServer? _open;
    private SandboxServer? _keyed;
    private PageServer? _pages;

    /// <summary>Where a server is that wants no key.</summary>
    public string Open => Address(_open);

    /// <summary>Where a server is that wants <see cref="Key"/>.</summary>
    public string Keyed => Address(_keyed);

    public string Key { get; } = $"sbx_{Convert.ToHexString(RandomNumberGenerator.GetBytes(21))}a";

    /// <summary>Serves the pages that <see cref="Keyed"/> lets in.</summary>
    internal PageServer Pages => _pages ?? throw new InvalidOperationException("The page server has not been started.");

    /// <summary>What the clients' suites and the READMEs' examples look for in their environment.</summary>
    /// <param name="keyed">Which server.</param>
    public Dictionary<string, string?> Environment(bool keyed = false) =>
        new(StringComparer.Ordinal) { ["SANDBOX_URL"] = keyed ? Keyed : Open, ["SANDBOX_KEY"] = keyed ? Key : null };

    public async ValueTask InitializeAsync()
    {
        _pages = await PageServer.StartAsync();
        _open = await SandboxServer.StartAsync();
        _keyed = await SandboxServer.StartAsync(
            "--Pool:Size", "1", "--Gateway:AllowedOrigins:0", _pages.Origin,
            "--Access:Keys:0:Name", "tests", "--Access:Keys:0:Owner", "tests", "--Access:Keys:0:BuildTemplates", "true",
            "--Access:Keys:0:Sha256", Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(Key))));
    }

    public async ValueTask DisposeAsync()
    {
        await using (_pages)
        await using (_keyed)
        await using (_open)
        {
            // Each of them is ended, also where the end of another fails.
        }
    }

    private static string Address(SandboxServer? server) =>
        server?.Address.ToString().TrimEnd('/') ?? throw new InvalidOperationException("The server has not been started.");
}

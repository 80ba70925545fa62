using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests;

/// <summary>A server as a container has it: its volume is empty, can be entered by all, and hides what the image has there; the templates are elsewhere.</summary>
public sealed class TemplateSeedTests : IAsyncLifetime
{
    private const int Deadline = 120_000;
    private readonly string _seed = SandboxServer.CreateDataDirectory();
    private readonly string _volume = $"{Path.TrimEndingDirectorySeparator(SetUp.DataDirectory)}-test-{Guid.NewGuid().ToString("n")[..12]}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_volume, "sandbox");

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_volume);
        File.SetUnixFileMode(_volume, (UnixFileMode)0b111_101_101);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Data)) await SandboxServer.RemoveDataDirectoryAsync(Data);
        Directory.Delete(_volume, recursive: true);
        await SandboxServer.RemoveDataDirectoryAsync(_seed);
    }

    [Fact(Timeout = Deadline)]
    public async Task Its_template_comes_from_the_seed_and_from_its_store_when_that_is_gone()
    {
        foreach (var seed in (string[])[_seed, Data])
        {
            await using var server = await SandboxServer.StartOnAsync(Data, "--Templates:Seed", seed, "--Pool:Size", "0", "--Pool:Created", "0");
            using var answer = await server.Http.PostAsync("/execute?language=python", new StringContent("print(6 * 7)"), Cancel);
            Assert.Equal("42\n", await answer.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_seed_that_is_none_stops_the_start_with_its_name()
    {
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => SandboxServer.StartOnAsync(Data, "--Templates:Seed", _volume));
        Assert.Contains($"Templates:Seed {_volume} is no data directory that a set-up made", failed.Message, StringComparison.Ordinal);
    }
}

using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Snapshots;

public sealed class SnapshotGrainTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Owner => _key.Split('/')[0];

    private ISnapshotGrain Snapshot => _silo.Client.GetGrain<ISnapshotGrain>($"{Owner}/name");

    [Fact(Timeout = Deadline)]
    public async Task It_is_taken_of_a_sandbox_of_the_same_owner_which_is_woken_for_it()
    {
        await _silo.Sandbox(_key).CreateAsync(Specs.Plain, token: null, Token);
        await _silo.Sandbox(_key).SuspendAsync();
        var taken = await Snapshot.CreateAsync("one", new SnapshotOptions { Labels = { ["a"] = "b" } }, Token);
        Assert.Equal(("name", "b", "changed"), (taken.Value?.Snapshot.Name, taken.Value?.Snapshot.Labels["a"], taken.Value?.Changed.Single()));
        Assert.Equal(["name"], _silo.Host[_key].Snapshots);
        Assert.Equal(SandboxErrorCode.NotFound, (await Snapshot.CreateAsync("none", new SnapshotOptions(), Token)).Error?.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_name_that_is_taken_wakes_no_sandbox_unless_it_is_to_be_overwritten()
    {
        await _silo.Sandbox(_key).CreateAsync(Specs.Plain, token: null, Token);
        _silo.Host.Snapshots.Add($"{Owner}/name", new SnapshotDescription { Name = "name", Created = DateTimeOffset.UnixEpoch, Bytes = 1, LayerCount = 1, Labels = [] });
        Assert.Equal(SandboxErrorCode.Conflict, (await Snapshot.CreateAsync("one", new SnapshotOptions(), Token)).Error?.Code);
        Assert.Empty(_silo.Host[_key].Snapshots);
        Assert.True((await Snapshot.CreateAsync("one", new SnapshotOptions { Overwrite = true }, Token)).Succeeded);
    }

    [Fact(Timeout = Deadline)]
    public async Task Its_files_go_through_the_grain_piece_by_piece()
    {
        var bytes = new byte[250_000];
        Random.Shared.NextBytes(bytes);
        Assert.Equal(200_000, (await Snapshot.WriteImportAsync("i", 0, bytes[..200_000])).Value?.Bytes);
        await Snapshot.WriteImportAsync("i", 200_000, bytes[200_000..]);
        Assert.Equal(250_000, (await Snapshot.ImportAsync("i", new SnapshotOptions(), Token)).Value?.Bytes);
        var back = new List<byte>();
        await foreach (var piece in Snapshot.ExportAsync(Token)) back.AddRange(piece);
        Assert.Equal(bytes, back);
        Assert.Equal(250_000, (await Snapshot.RenameAsync("other")).Value?.Bytes);
        Assert.Equal("other", Assert.Single((await _silo.Client.GetGrain<ISnapshotListGrain>(Owner).ListAsync(null, 10, [])).Snapshots).Name);
    }
}

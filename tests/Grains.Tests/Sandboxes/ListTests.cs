using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Grains.Storage;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class ListTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _owner = Keys.Owner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Pages_are_in_the_order_of_ids_and_leave_out_what_was_deleted()
    {
        foreach (var id in new[] { "b", "a-b", "a", "a0", "c", "gone" }) await CreateAsync(id);
        await _silo.Sandbox($"{_owner}/gone").DeleteAsync("Asked.");
        await _silo.Sandbox($"{_owner}-other/a").CreateAsync(Specs.Plain, Token);

        var first = await List.ListAsync(null, 2, []);
        Assert.Equal(["a", "a-b"], Ids(first));
        var second = await List.ListAsync(first.Next, 2, []);
        Assert.Equal(["a0", "b"], Ids(second));
        var third = await List.ListAsync(second.Next, 2, []);
        Assert.Equal(["c"], Ids(third));
        Assert.True(third.Next is null || Ids(await List.ListAsync(third.Next, 2, [])).Length == 0);
    }

    [Fact(Timeout = Deadline)]
    public async Task Labels_filter_and_all_of_them_must_match()
    {
        await CreateAsync("a", new() { ["team"] = "x", ["env"] = "dev" });
        await CreateAsync("b", new() { ["team"] = "x" });
        await CreateAsync("c", new() { ["team"] = "y", ["env"] = "dev" });
        Assert.Equal(["a", "b"], Ids(await List.ListAsync(null, 10, new() { ["team"] = "x" })));
        Assert.Equal(["a"], Ids(await List.ListAsync(null, 10, new() { ["team"] = "x", ["env"] = "dev" })));
        Assert.Empty(Ids(await List.ListAsync(null, 10, new() { ["none"] = "" })));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_listed_sandbox_is_described_but_for_its_environment_and_idle_end()
    {
        var spec = Specs.Plain with
        {
            Root = true,
            Lifetime = TimeSpan.FromHours(1),
            IdleTimeout = TimeSpan.FromSeconds(42),
            Labels = new() { ["größe"] = "日本 \"x\"" },
        };
        await _silo.Sandbox($"{_owner}/a").CreateAsync(spec, Token);
        var listed = Assert.Single((await List.ListAsync(null, 10, [])).Sandboxes);
        var described = (await _silo.Sandbox($"{_owner}/a").DescribeAsync()).Value!;
        Assert.Equal(described.Created, listed.Created);
        Assert.Equal(described.Created + TimeSpan.FromHours(1), listed.Expires);
        Assert.Equal((described.Status, described.Id, described.Epoch, described.Timeline), (listed.Status, listed.Id, listed.Epoch, listed.Timeline));
        Assert.Equal(spec.Labels, listed.Spec.Labels);
        Assert.Empty(listed.Spec.Environment);
        Assert.Equal(spec with { Environment = listed.Spec.Environment, Labels = listed.Spec.Labels }, listed.Spec);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_largest_description_fits_the_metadata()
    {
        // The store's double refuses what is over 2,048 bytes or not ASCII.
        var spec = Specs.Plain with
        {
            Template = new string('t', 128),
            Directory = "/" + new string('d', 255),
            MemoryBytes = long.MaxValue,
            DiskBytes = long.MaxValue,
            Processes = int.MaxValue,
            IdleTimeout = TimeSpan.FromDays(10_000.1234567),
            Lifetime = TimeSpan.FromDays(10_000.1234567),
            Labels = new() { ["k"] = new string('v', 1024 - 8) },
        };
        var sandbox = _silo.Sandbox($"{_owner}/a");
        Assert.True((await sandbox.CreateAsync(spec, Token)).Succeeded);
        _silo.Host[$"{_owner}/a"].Lose(new string('ä', 5_000));
        await Waiting.UntilAsync(async () => (await List.ListAsync(null, 10, [])).Sandboxes[0].Status is SandboxStatus.Failed);
        Assert.Equal(5_000, (await sandbox.DescribeAsync()).Value!.Reason!.Length);
        Assert.StartsWith("ää", (await List.ListAsync(null, 10, [])).Sandboxes[0].Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task Ten_thousand_are_one_page_unless_their_descriptions_are_long()
    {
        var (plain, wordy) = (Keys.Owner(), Keys.Owner());
        await FillAsync(plain, Specs.Plain);
        await FillAsync(wordy, Specs.Plain with { Labels = new() { ["k"] = new string('v', 1000) }, Directory = "/" + new string('d', 255) });

        var whole = await _silo.List(plain).ListAsync(null, int.MaxValue, []);
        Assert.Equal((10_000, null), (whole.Sandboxes.Length, whole.Next));

        var first = await _silo.List(wordy).ListAsync(null, 10_000, []);
        Assert.InRange(first.Sandboxes.Length, 5_000, 9_999);
        var second = await _silo.List(wordy).ListAsync(first.Next, 10_000, []);
        Assert.Equal(10_000, first.Sandboxes.Length + second.Sandboxes.Length);
        Assert.Null(second.Next);

        async Task FillAsync(string owner, SandboxSpec spec)
        {
            var record = new SandboxRecord { Status = SandboxStatus.Suspended, Spec = spec, Created = DateTimeOffset.UnixEpoch };
            var options = BlobPutOptions.Create with { Metadata = SandboxMetadata.Write(record) };
            for (var i = 0; i < 10_000; i++) await _silo.Blobs.PutAsync($"{owner}/grains/sandbox/record/s{i:00000}", Stream.Null, options, Token);
        }
    }

    [Fact]
    public void A_blob_of_a_grain_begins_with_its_owner_and_ends_with_the_rest_of_its_key()
    {
        Assert.Equal("alice/grains/sandbox/record/one", GrainBlobName.Of("sandbox", "alice/one", "record"));
        Assert.Equal("system/grains/census/state/all", GrainBlobName.Of("census", "all", "state"));
    }

    private ISandboxListGrain List => _silo.List(_owner);

    private static string[] Ids(SandboxPage page) => [.. page.Sandboxes.Select(sandbox => sandbox.Id)];

    private async Task CreateAsync(string id, Dictionary<string, string>? labels = null) =>
        Assert.True((await _silo.Sandbox($"{_owner}/{id}").CreateAsync(Specs.Plain with { Labels = labels ?? [] }, Token)).Succeeded);
}

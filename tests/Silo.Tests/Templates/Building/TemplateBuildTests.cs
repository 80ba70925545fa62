using System.Text;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Starts;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Sandboxes;

namespace Sandbox.Silo.Tests.Templates.Building;

/// <summary>Builds in real sandboxes. That nothing of one is left on the host is proved when the host is disposed of.</summary>
[Collection("runsc")]
public sealed class TemplateBuildTests(TestBinaries binaries, LiveTemplate template)
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_recipe_becomes_a_template_that_sandboxes_start_from()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var recipe = new Recipe
        {
            Base = "base",
            Files = [new RecipeFile("app", "/srv/app"), new RecipeFile("app/one", "/etc/one.conf")],
            Run = [new RecipeCommand("cat /srv/app/one; echo \"$A by $(id -un) in $(pwd)\" | tee /srv/said >&2", Root: true), new RecipeCommand("id -un > ~/who", Root: false)],
            Environment = { ["A"] = "b" },
            Root = true,
            Directory = "/srv",
            Start = ["sleep", "1"],
        };
        var tar = new TarText().Directory("app").File("app/one", "first\n", mode: 0x1ED).Link("app/link", "one").ToArray();
        var items = await BuildAsync(host, "owner/mine", recipe, tar);

        Assert.Equal(
            ["start from base", "copy app to /srv/app", "copy app/one to /etc/one.conf", recipe.Run[0].Command, recipe.Run[1].Command, "store"],
            items.OfType<TemplateStep>().Select(step => step.Command));
        Assert.Equal(["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"], items.OfType<TemplateStep>().Select(step => $"{step.Number}/{step.Count}"));
        Assert.Equal("first\nb by root in /\n", Output(items));
        var built = Assert.IsType<TemplateBuilt>(items[^1]);
        Assert.Equal((false, 2, "base"), (built.Cached, built.Template.LayerCount, built.Template.Configuration?.Base));
        Assert.Equal((true, "/srv", "b", "sleep"), (built.Template.Configuration!.Root, built.Template.Configuration.Directory, built.Template.Configuration.Environment["A"], built.Template.Configuration.Start[0]));

        var sandbox = await host.CreateAsync(spec: LiveHost.Spec with { Template = "mine" });
        var look = await sandbox.StartAsync(LiveTesting.Shell("look", "cat /srv/said /home/user/who; stat -c '%a %U' /srv/app/one /etc/one.conf; readlink /srv/app/link; ls /var/tmp /tmp; ls /var/lib/apt/lists | grep -v -e lock -e partial -e aux; test -e /etc/resolv.conf || echo none"));
        Assert.Equal("b by root in /\nuser\n755 root\n755 root\none\n/tmp:\n\n/var/tmp:\nnone\n", (await look.TextAsync()).Replace("/var/tmp:\n\n/tmp:\n", "/tmp:\n\n/var/tmp:\n", StringComparison.Ordinal));
    }

    [LiveFact]
    public async Task Sandboxes_begin_with_the_start_command_of_their_template_running()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var recipe = new Recipe
        {
            Base = "base",
            Run = [new RecipeCommand("echo kept > /srv/file", Root: true)],
            Environment = { ["WHO"] = "me" },
            Directory = "/srv",
            Start = ["sh", "-c", "echo ready; read line; echo \"$WHO read $line in $(pwd) from $(cat file)\"; read line"],
        };
        var built = Built(await BuildAsync(host, "owner/begun", recipe));
        var spec = LiveHost.Spec with { Template = "begun", Directory = "/srv", Environment = new() { ["WHO"] = "me" } };

        // The first one runs the command; there is no state yet.
        Assert.Equal("me read cold in /srv from kept\n", await AskAsync("owner/cold", "cold"));
        var (record, _) = (await host.Snapshots.FindAsync("owner", "begun", Test))!.Value;
        var state = await host.Starts.PrepareAsync(StartCommand.Of(built.Template.Configuration!), record.Layers);
        Assert.NotNull(state);
        Assert.Equal("me read warm in /srv from kept\n", await AskAsync("owner/warm", "warm"));

        // Files alone, and with the template its states.
        var files = await host.CreateAsync("owner/files", LiveHost.Spec with { Template = "base", Snapshot = "begun" });
        Assert.Empty(files.Processes);
        await files.DisposeAsync();
        Assert.True((await host.Recipes.RemoveAsync("owner/begun", Test)).Succeeded);
        Assert.Empty(await host.Stored.ListAsync(state.Manifest.Sandbox, Test));

        async Task<string> AskAsync(string key, string word)
        {
            var sandbox = await host.CreateAsync(key, spec);
            var process = Assert.Single(sandbox.Processes);
            Assert.Equal(StartCommand.ProcessId, process.Describe().Id);
            await process.UntilAsync("ready\n");
            Assert.True((await process.WriteInputAsync(0, Encoding.ASCII.GetBytes(word + "\n"), Test)).Succeeded);
            await process.UntilAsync($"ready\nme read {word} in /srv from kept\n");
            await sandbox.DisposeAsync();
            return $"me read {word} in /srv from kept\n";
        }
    }

    [LiveFact]
    public async Task The_same_recipe_base_and_files_are_built_once_under_any_name()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var recipe = new Recipe { Base = "base", Files = [new RecipeFile("a", "/srv/a")], Run = [new RecipeCommand("date +%N > /srv/when", Root: true)] };
        var first = Built(await BuildAsync(host, "owner/one", recipe, new TarText().File("a", "1").ToArray()));
        var again = await BuildAsync(host, "owner/one", recipe, new TarText().Pax("mtime=7").File("./a", "1").ToArray());
        Assert.True(Assert.IsType<TemplateBuilt>(Assert.Single(again)).Cached);
        var other = Built(await BuildAsync(host, "owner/two", recipe, new TarText().File("a", "1").ToArray()));
        Assert.Equal((true, first.Template.Bytes), (other.Cached, other.Template.Bytes));
        Assert.False(Built(await BuildAsync(host, "owner/one", recipe, new TarText().File("a", "2").ToArray())).Cached);
        Assert.False(Built(await BuildAsync(host, "owner/one", recipe, new TarText().File("a", "2").ToArray(), rebuild: true)).Cached);

        // Another owner's is nobody else's to take.
        Assert.False(Built(await BuildAsync(host, "other/one", recipe, new TarText().File("a", "1").ToArray())).Cached);
        Assert.Equal(["one", "two"], (await host.Recipes.ListAsync("owner", null, 10, Test)).Templates.Select(one => one.Name));
        Assert.Equal(SandboxErrorCode.NotFound, (await host.Recipes.DescribeAsync("other/two", Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await host.Sandboxes.StartAsync("other/s", LiveHost.Spec with { Template = "two" }, elsewhere: null, Test)).Error?.Code);
    }

    [LiveFact]
    public async Task A_command_that_fails_is_shown_with_its_output_and_leaves_nothing()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var recipe = new Recipe { Base = "base", Run = [new RecipeCommand("echo before", Root: true), new RecipeCommand("echo half; echo whole >&2; exit 3", Root: true), new RecipeCommand("echo never", Root: true)] };
        var items = await BuildAsync(host, "owner/mine", recipe);
        var failed = Assert.IsType<TemplateFailed>(items[^1]);
        Assert.Equal("A command of the recipe failed, exit code 3: echo half; echo whole >&2; exit 3\nhalf\nwhole", failed.Error.Message);
        Assert.Equal(SandboxErrorCode.Invalid, failed.Error.Code);
        Assert.Equal("before\nhalf\nwhole\n", Output(items));
        Assert.Empty((await host.Recipes.ListAsync("owner", null, 10, Test)).Templates);
        Assert.False(host.HasContainers);

        var noisy = Assert.IsType<TemplateFailed>((await BuildAsync(host, "owner/mine", new Recipe { Base = "base", Run = [new RecipeCommand("yes | head -c 200000; exit 1", Root: true)] }))[^1]);
        Assert.InRange(noisy.Error.Message.Length, 8_000, 9_000);
        var full = Assert.IsType<TemplateFailed>((await BuildAsync(host, "owner/mine", new Recipe { Base = "base", Run = [new RecipeCommand("head -c 100000000 /dev/zero > /srv/big", Root: true)] }))[^1]);
        Assert.Contains("No space left on device", full.Error.Message, StringComparison.Ordinal);
        Assert.Contains("it cannot be started", Assert.IsType<TemplateFailed>((await BuildAsync(host, "owner/mine", new Recipe { Base = "base", Npm = ["/x.tgz"] }))[^1]).Error.Message, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task A_build_that_is_given_up_or_takes_too_long_ends_and_leaves_nothing()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var endless = new Recipe { Base = "base", Files = [new RecipeFile("a", "/srv/a")], Run = [new RecipeCommand("echo begun; sleep 1000", Root: true)] };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Test);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await UploadAsync(host, "owner/mine", new TarText().File("a").ToArray());
            await foreach (var happened in host.Recipes.BuildAsync("owner/mine", new TemplateBuild { Recipe = endless, Upload = "u" }, leaving.Token))
            {
                if (happened is TemplateOutput) await leaving.CancelAsync();
            }
        });
        Assert.False(host.HasContainers);

        // The reader that just goes.
        await UploadAsync(host, "owner/mine", new TarText().File("a").ToArray());
        await foreach (var happened in host.Recipes.BuildAsync("owner/mine", new TemplateBuild { Recipe = endless, Upload = "u" }, Test))
        {
            if (happened is TemplateOutput) break;
        }

        Assert.False(host.HasContainers);
        host.TemplateOptions.Timeout = TimeSpan.FromSeconds(1);
        var late = Assert.IsType<TemplateFailed>((await BuildAsync(host, "owner/mine", endless, new TarText().File("a").ToArray()))[^1]);
        Assert.Equal(SandboxErrorCode.Limit, late.Error.Code);
        Assert.Contains("Templates:Timeout", late.Error.Message, StringComparison.Ordinal);
        Assert.False(host.HasContainers);
        Assert.Empty((await host.Recipes.ListAsync("owner", null, 10, Test)).Templates);
    }

    [LiveFact]
    public async Task What_may_not_be_built_is_refused_before_a_sandbox_starts()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        async Task<SandboxError> Refusal(string key, Recipe recipe, byte[]? tar = null) =>
            Assert.IsType<TemplateFailed>(Assert.Single(await BuildAsync(host, key, recipe, tar))).Error;

        var copying = new Recipe { Base = "base", Files = [new RecipeFile("a", "/srv/a")] };
        var network = await Refusal("owner/mine", new Recipe { Base = "base", Network = true });
        Assert.Equal(SandboxErrorCode.Forbidden, network.Code);
        Assert.Contains("Templates:AllowNetwork", network.Message, StringComparison.Ordinal);
        Assert.Equal(SandboxErrorCode.Conflict, (await Refusal("owner/base", new Recipe { Base = "base" })).Code);
        Assert.Equal(SandboxErrorCode.Conflict, (await Refusal("owner/node", new Recipe { Base = "base" })).Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Refusal("owner/mine", new Recipe { Base = "none" })).Code);
        Assert.Contains("./sandbox setup node", (await Refusal("owner/mine", new Recipe { Base = "node" })).Message, StringComparison.Ordinal);
        Assert.Contains("none were uploaded", (await Refusal("owner/mine", copying)).Message, StringComparison.Ordinal);
        Assert.Contains("was not uploaded", (await Refusal("owner/mine", copying, new TarText().File("b").ToArray())).Message, StringComparison.Ordinal);
        var link = await Refusal("owner/mine", copying, new TarText().File("a").Link("b", "../../etc/shadow").ToArray());
        Assert.Equal(SandboxErrorCode.Invalid, link.Code);
        Assert.Equal("The file 'b' is refused: it is a link out of the recipe's folder.", link.Message);

        // What was uploaded is gone, whatever came of it.
        await UploadAsync(host, "owner/mine", new TarText().File("b").ToArray());
        _ = await CollectAsync(host.Recipes.BuildAsync("owner/mine", new TemplateBuild { Recipe = copying, Upload = "u" }, Test));
        Assert.Contains("begin again", Assert.IsType<TemplateFailed>(Assert.Single(await CollectAsync(host.Recipes.BuildAsync("owner/mine", new TemplateBuild { Recipe = copying, Upload = "u" }, Test)))).Error.Message, StringComparison.Ordinal);
        host.TemplateOptions.Builds = 0;
        Assert.Equal(SandboxErrorCode.Overloaded, (await Refusal("owner/mine", new Recipe { Base = "base" })).Code);
        Assert.False(host.HasContainers);
    }

    [LiveFact]
    public async Task Templates_stand_on_each_other_take_over_what_they_say_and_stay_while_something_stands_on_them()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var lower = new Recipe { Base = "base", Run = [new RecipeCommand("echo lower > /srv/a", Root: true)], Environment = { ["A"] = "lower", ["B"] = "lower" }, Directory = "/srv", Start = ["sleep", "1"] };
        var upper = new Recipe { Base = "lower", Run = [new RecipeCommand("echo \"$A $B\" >> /srv/a", Root: true)], Environment = { ["B"] = "upper" } };
        await BuildAsync(host, "owner/lower", lower);
        var built = Built(await BuildAsync(host, "owner/upper", upper));
        var says = built.Template.Configuration!;
        Assert.Equal((3, "lower", "upper", "/srv", 0), (built.Template.LayerCount, says.Environment["A"], says.Environment["B"], says.Directory, says.Start.Length));
        Assert.Contains("the snapshot 'upper'", (await host.Recipes.RemoveAsync("owner/lower", Test)).Error?.Message, StringComparison.Ordinal);

        var sandbox = await host.CreateAsync("owner/s", LiveHost.Spec with { Template = "upper" });
        Assert.Equal("lower\nlower upper\n", await (await sandbox.StartAsync(LiveTesting.Shell("cat", "cat /srv/a"))).TextAsync());
        var taken = await sandbox.SnapshotAsync("taken", new SnapshotOptions(), Test);
        Assert.Equal("upper", taken.Value?.Snapshot.Parent);
        Assert.Contains("the snapshot 'taken'", (await host.Recipes.RemoveAsync("owner/upper", Test)).Error?.Message, StringComparison.Ordinal);
        Assert.Equal("taken", Built(await BuildAsync(host, "owner/third", upper with { Base = "taken" })).Template.Configuration!.Base);

        // What is a template stays one, and a snapshot is none.
        Assert.Equal(SandboxErrorCode.Conflict, (await sandbox.SnapshotAsync("lower", new SnapshotOptions { Overwrite = true }, Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Conflict, Assert.IsType<TemplateFailed>((await BuildAsync(host, "owner/taken", lower with { Start = [] }))[^1]).Error.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await host.Sandboxes.StartAsync("owner/t", LiveHost.Spec with { Template = "taken" }, elsewhere: null, Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await host.Recipes.RemoveAsync("owner/taken", Test)).Error?.Code);
        Assert.True((await host.Recipes.RemoveAsync("owner/third", Test)).Succeeded);
        Assert.Equal(SandboxErrorCode.NotFound, (await host.Recipes.DescribeAsync("owner/third", Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Conflict, (await host.Recipes.RemoveAsync("owner/base", Test)).Error?.Code);
    }

    private static TemplateBuilt Built(List<TemplateProgress> items) => Assert.IsType<TemplateBuilt>(items[^1]);

    private static string Output(List<TemplateProgress> items) => Encoding.UTF8.GetString([.. items.OfType<TemplateOutput>().SelectMany(output => output.Data)]);

    private static async Task<List<TemplateProgress>> BuildAsync(LiveHost host, string key, Recipe recipe, byte[]? tar = null, bool rebuild = false)
    {
        if (tar is not null) await UploadAsync(host, key, tar);
        return await CollectAsync(host.Recipes.BuildAsync(key, new TemplateBuild { Recipe = recipe, Upload = tar is null ? null : "u", Rebuild = rebuild }, Test));
    }

    private static async Task UploadAsync(LiveHost host, string key, byte[] tar)
    {
        Assert.Equal(700, (await host.Recipes.WriteFilesAsync(key, "u", 0, tar[..700])).Value?.Bytes);
        Assert.Equal(tar.Length, (await host.Recipes.WriteFilesAsync(key, "u", 700, tar[700..])).Value?.Bytes);
    }

    private static async Task<List<TemplateProgress>> CollectAsync(IAsyncEnumerable<TemplateProgress> items)
    {
        var all = new List<TemplateProgress>();
        await foreach (var item in items) all.Add(item);
        return all;
    }
}

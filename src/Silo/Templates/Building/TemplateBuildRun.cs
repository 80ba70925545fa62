using Microsoft.Extensions.Options;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Templates.Building;

/// <summary>
/// Builds templates, each in a sandbox of its own: commands of a recipe never run anywhere else. The store knows nothing of a build before it is done, and the
/// sandbox goes with it, so that nothing is left of one that fails, is given up, or dies with its server.
/// </summary>
internal sealed class TemplateBuildRun(
    WarmPool<StartedSandbox> pool, SandboxFactory factory, SnapshotStandbys standbys, ISandboxMachine machine, IOptions<TemplateOptions> options)
{
    private readonly TemplateOptions _options = options.Value;

    /// <summary>Builds one.</summary>
    /// <param name="owner">Whose it is to be.</param>
    /// <param name="name">Its name.</param>
    /// <param name="build">What of.</param>
    /// <param name="files">The tar of its files on this host; null for none.</param>
    /// <param name="told">Takes what happens, but for the end.</param>
    /// <param name="cancellationToken">Ends the build; nothing is left of it.</param>
    public async Task<Outcome<TemplateBuilt>> RunAsync(
        string owner, string name, TemplateBuild build, string? files, Func<TemplateProgress, ValueTask> told, CancellationToken cancellationToken)
    {
        var recipe = build.Recipe;
        var found = await TemplateFinder.FindAsync(machine, owner, recipe.Base, snapshots: true, cancellationToken);
        if (!found.Succeeded) return Refusal.Answer<TemplateBuilt>(found.Error);
        var below = found.Value;
        var stack = below.Layers;
        if (stack.Count >= SandboxRoots.MostLayers)
            return Refusal.Answer<TemplateBuilt>(Refusal.Limit($"A template has {SandboxRoots.MostLayers} layers at most, and '{recipe.Base}' has so many."));
        var digest = files is null ? RecipeFiles.None : await Task.Run(() => ReadFiles(files, recipe, cancellationToken), cancellationToken);
        var configuration = Configure(recipe, below.Configuration, RecipeHash.Of(recipe, stack, below.Configuration, digest));
        var draft = new SnapshotDraft(
            owner, name, stack, new SnapshotOptions { Overwrite = true }, below.Snapshot is { } parent ? new SnapshotParent(parent.Name, parent.Id) : null, configuration);
        if (!build.Rebuild && await FindBuiltAsync(draft, cancellationToken) is { } there) return there;
        return await InSandboxAsync(draft, build, files, told, cancellationToken);
    }

    private static string ReadFiles(string path, Recipe recipe, CancellationToken cancellationToken)
    {
        using var tar = File.OpenRead(path);
        return RecipeFiles.Read(tar, recipe, new LayerLimits(), cancellationToken);
    }

    private static TemplateConfiguration Configure(Recipe recipe, TemplateConfiguration? below, string hash)
    {
        var environment = new Dictionary<string, string>(below?.Environment ?? [], StringComparer.Ordinal);
        // So that programs find what npm has installed for all.
        if (recipe.Npm.Length > 0) environment.TryAdd("NODE_PATH", "/usr/local/lib/node_modules");
        foreach (var (name, value) in recipe.Environment) environment[name] = value;
        return new TemplateConfiguration
        {
            RecipeHash = hash,
            Base = recipe.Base,
            Environment = environment,
            Root = recipe.Root ?? below?.Root,
            Directory = recipe.Directory ?? below?.Directory,
            Start = recipe.Start,
        };
    }

    /// <summary>What was built of the same before, under this name or another, as this one.</summary>
    private async Task<Outcome<TemplateBuilt>?> FindBuiltAsync(SnapshotDraft draft, CancellationToken cancellationToken)
    {
        if (await machine.Snapshots.FindAsync(draft.Owner, draft.Name, cancellationToken) is var (same, _) && same.Template?.RecipeHash == draft.Template!.RecipeHash)
            return Built(Refusal.Answer(same), cached: true);
        if (await machine.Snapshots.FindTemplateAsync(draft.Owner, draft.Template!.RecipeHash, cancellationToken) is not { } other) return null;
        var added = await machine.Snapshots.AddAsync(draft with { Layers = other.Layers }, new Dictionary<LayerDigest, Func<Stream>>(), verify: null, cancellationToken);

        // That one may just have been removed.
        return added.Succeeded || added.Error.Code is not SandboxErrorCode.Conflict ? Built(added, cached: true) : null;
    }

    private async Task<Outcome<TemplateBuilt>> InSandboxAsync(
        SnapshotDraft draft, TemplateBuild build, string? files, Func<TemplateProgress, ValueTask> told, CancellationToken cancellationToken)
    {
        var sources = build.Recipe.Network ? await BuildSources.ReadAsync(_options, build.Recipe.Apt.Length > 0, cancellationToken) : BuildSources.None;
        var plan = BuildPlan.Of(build.Recipe);
        var count = plan.Count + 2;
        await told(new TemplateStep { Number = 1, Count = count, Command = $"start from {build.Recipe.Base}" });
        var size = new SandboxSize(_options.MemoryBytes, _options.DiskBytes, _options.Processes);
        var rental = await pool.RentAsync(token => factory.StartAsync(size, draft.Layers, token, build.Recipe.Network), elsewhere: null, cancellationToken);
        if (rental is not Rental<StartedSandbox>.Granted granted)
            return Refusal.Answer<TemplateBuilt>(Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
        try
        {
            var sandbox = new BuildSandbox(granted.Sandbox, draft.Template!.Environment, sources);
            if (await PrepareAsync(sandbox, sources, files, cancellationToken) is { } refused) return Refusal.Answer<TemplateBuilt>(refused);
            for (var i = 0; i < plan.Count; i++)
            {
                await told(new TemplateStep { Number = i + 2, Count = count, Command = plan[i].Shown });
                if (await sandbox.RunAsync(plan[i], output => told(output), cancellationToken) is { } failed) return Refusal.Answer<TemplateBuilt>(Explain(failed, build.Recipe));
            }

            await told(new TemplateStep { Number = count, Count = count, Command = "store" });
            if (await sandbox.RunAsync(BuildPlan.Finish, Unheard, cancellationToken) is { } unfinished) return Refusal.Answer<TemplateBuilt>(unfinished);
            await using var layer = await machine.Roots.TakeInAsync(draft.Layers, cancellationToken);
            var walked = await LayerWalk.RunAsync(sandbox.Link, layer, cancellationToken);
            if (!walked.Succeeded) return Refusal.Answer<TemplateBuilt>(walked.Error);
            var made = await layer.FinishAsync(draft.Owner);
            draft = draft with { Layers = [.. draft.Layers, made] };
            var added = await machine.Snapshots.AddAsync(draft, new Dictionary<LayerDigest, Func<Stream>> { [made.Digest] = layer.Open }, verify: null, cancellationToken);
            if (added.Succeeded) _ = standbys.NoteMadeAsync(draft.Layers, machine.Roots.KeepAsync(draft.Layers, layer.TakeUnpacked()));
            return Built(added, cached: false, [.. walked.Value.LeftOut]);
        }
        catch (LinkException e)
        {
            return Refusal.Answer<TemplateBuilt>(Refusal.Unavailable($"The build's sandbox has ended under it: {e.Message} Its memory and files may be too small (Templates:MemoryBytes, Templates:DiskBytes)."));
        }
        finally
        {
            await pool.RetireAsync(granted.Sandbox);
        }
    }

    private static ValueTask Unheard(TemplateOutput output) => ValueTask.CompletedTask;

    private static SandboxError Explain(SandboxError failed, Recipe recipe) => recipe.Network
        ? failed with { Message = failed.Message + "\n(If it could not reach its packages: this host's network and package sources are what the build has.)" }
        : failed;

    private static async Task<SandboxError?> PrepareAsync(BuildSandbox sandbox, BuildSources sources, string? files, CancellationToken cancellationToken)
    {
        if (await sandbox.RunAsync(BuildPlan.Prepare, Unheard, cancellationToken) is { } failed) return failed;
        foreach (var (path, content) in sources.Files)
        {
            if (await sandbox.WriteFileAsync(path, content, cancellationToken) is { } refused) return refused;
        }

        if (files is null) return null;
        await using var tar = File.OpenRead(files);
        return await sandbox.UnpackAsync(BuildPlan.Files, tar, cancellationToken);
    }

    private static Outcome<TemplateBuilt> Built(Outcome<SnapshotRecord> record, bool cached, params string[] leftOut) => record.Succeeded
        ? Refusal.Answer(new TemplateBuilt { Template = StoredTemplates.Describe(record.Value), Cached = cached, LeftOut = leftOut })
        : Refusal.Answer<TemplateBuilt>(record.Error);
}

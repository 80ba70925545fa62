using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Snapshots.Oci;
using Sandbox.Silo.Starts;

namespace Sandbox.Silo.Templates.Building;

/// <summary>The templates as grains ask for them: those of the product, and an owner's, which are snapshots with a configuration.</summary>
internal sealed class StoredTemplates(
    ISandboxMachine machine, StartStates starts, SnapshotUploads uploads, OciImages images, TemplateBuildRun run, IOptions<TemplateOptions> options, IHostApplicationLifetime? server = null) : ITemplateStore
{
    /// <summary>What a reader of a build is behind at most; then the build waits.</summary>
    private const int Ahead = 16;

    private int _building;

    /// <summary>A stored template as clients see it.</summary>
    public static TemplateDescription Describe(SnapshotRecord record) => new()
    {
        Name = record.Name,
        Created = record.Created,
        Bytes = record.Bytes,
        LayerCount = record.Layers.Count,
        Configuration = record.Template,
    };

    /// <inheritdoc/>
    public Task<Outcome<TemplateDescription>> DescribeAsync(string key, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        var (owner, name) = Parse(key);
        if (TemplateRecipe.Shipped.Contains(name))
            return await FindShippedAsync(name, cancellationToken) is { } shipped ? Refusal.Answer(shipped) : Refusal.Answer<TemplateDescription>(NotBuilt(name));
        var found = await TemplateFinder.FindAsync(machine, owner, name, snapshots: false, cancellationToken);
        return found.Succeeded ? Refusal.Answer(Describe(found.Value.Snapshot!)) : Refusal.Answer<TemplateDescription>(found.Error);
    });

    /// <inheritdoc/>
    public async Task<TemplatePage> ListAsync(string owner, string? after, int limit, CancellationToken cancellationToken)
    {
        var all = new List<TemplateDescription>();
        if (string.IsNullOrEmpty(after))
        {
            foreach (var name in TemplateRecipe.Shipped.Order(StringComparer.Ordinal))
            {
                if (await FindShippedAsync(name, cancellationToken) is { } shipped) all.Add(shipped);
            }
        }

        var page = await machine.Snapshots.ListAsync(owner, after, limit, [], cancellationToken, templatesOnly: true);
        all.AddRange(page.Snapshots.Select(snapshot => new TemplateDescription
        {
            Name = snapshot.Name,
            Created = snapshot.Created,
            Bytes = snapshot.Bytes,
            LayerCount = snapshot.LayerCount,
        }));
        return new TemplatePage { Templates = [.. all], Next = page.Next };
    }

    /// <inheritdoc/>
    public Task<Outcome<SnapshotImport>> WriteFilesAsync(string key, string uploadId, long offset, byte[] data)
    {
        try
        {
            return Task.FromResult(uploads.Write(machine.Data, Upload(key), uploadId, offset, data));
        }
        catch (IOException e)
        {
            return Task.FromResult(Refusal.Answer<SnapshotImport>(Refusal.Unavailable($"The upload cannot be kept: {e.Message}")));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TemplateProgress> BuildAsync(string key, TemplateBuild build, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, server?.ApplicationStopping ?? CancellationToken.None);
        var channel = Channel.CreateBounded<TemplateProgress>(Ahead);
        var building = Task.Run(() => BuildAsync(key, build, channel.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var happened in channel.Reader.ReadAllAsync(cancellationToken)) yield return happened;
        }
        finally
        {
            // Whoever asked is told that it is over when nothing is left of it.
            await stop.CancelAsync();
            await building;
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<TemplateDescription>> ImportAsync(string key, string uploadId, CancellationToken cancellationToken) =>
        uploads.UseAsync(Upload(key), uploadId, path => AnswerAsync(async () =>
        {
            var (owner, name) = Parse(key);
            if (TemplateRecipe.Shipped.Contains(name)) return Refusal.Answer<TemplateDescription>(OfProduct(name));
            return await ReplaceAsync(owner, name, Import, cancellationToken);

            async Task<Outcome<TemplateDescription>> Import()
            {
                var added = await images.AddAsync(owner, name, path, new SnapshotOptions { Overwrite = true }, template: true, cancellationToken);
                return added.Succeeded ? Refusal.Answer(Describe(added.Value)) : Refusal.Answer<TemplateDescription>(added.Error);
            }
        }));

    /// <inheritdoc/>
    public Task<Outcome<TemplateDescription>> RemoveAsync(string key, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        var (owner, name) = Parse(key);
        if (TemplateRecipe.Shipped.Contains(name)) return Refusal.Answer<TemplateDescription>(OfProduct(name));
        var found = await TemplateFinder.FindAsync(machine, owner, name, snapshots: false, cancellationToken);
        if (!found.Succeeded) return Refusal.Answer<TemplateDescription>(found.Error);
        var deleted = await machine.Snapshots.DeleteAsync(owner, name, cascade: false, cancellationToken);
        if (!deleted.Succeeded) return Refusal.Answer<TemplateDescription>(deleted.Error);
        await starts.ForgetAsync(deleted.Value);
        return Refusal.Answer(Describe(deleted.Value));
    });

    private static (string Owner, string Name) Parse(string key) =>
        (key[..key.IndexOf('/', StringComparison.Ordinal)], key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    private static string Upload(string key) => $"template {key}";

    private static SandboxError OfProduct(string name) => Refusal.Conflict($"'{name}' is a template of the server's own: choose another name.");

    private static SandboxError NotBuilt(string name) => Refusal.NotFound($"The template '{name}' was not built on this server: './sandbox setup {name}' does it.");

    private static async Task<Outcome<T>> AnswerAsync<T>(Func<Task<Outcome<T>>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (e is OciImportException or LayerException { IsDamage: false })
        {
            return Refusal.Answer<T>(Refusal.Invalid(e.Message));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or LayerException or UnauthorizedAccessException)
        {
            return Refusal.Answer<T>(Refusal.Unavailable($"The store or the disk fails: {e.Message}"));
        }
    }

    private async Task<TemplateDescription?> FindShippedAsync(string name, CancellationToken cancellationToken) =>
        await machine.Templates.FindAsync(name, cancellationToken) is { } manifest
            ? new TemplateDescription { Name = name, Created = manifest.Created, Bytes = manifest.Layer.Size, LayerCount = 1, Shipped = true }
            : null;

    /// <summary>Builds, and ends what it tells by the last item; it never fails.</summary>
    private async Task BuildAsync(string key, TemplateBuild build, ChannelWriter<TemplateProgress> told, CancellationToken cancellationToken)
    {
        TemplateProgress end;
        try
        {
            var built = await AnswerAsync(() => AdmitAsync(key, build, told, cancellationToken));
            end = built.Succeeded ? built.Value : new TemplateFailed { Error = built.Error };
        }
        catch (OperationCanceledException)
        {
            end = new TemplateFailed { Error = Refusal.Unavailable("The build was given up.") };
        }
        catch (Exception e)
        {
            told.Complete(e);
            return;
        }

        // Nobody may be there to read it.
        if (!cancellationToken.IsCancellationRequested) await told.WriteAsync(end, cancellationToken).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        told.Complete();
    }

    private async Task<Outcome<TemplateBuilt>> AdmitAsync(string key, TemplateBuild build, ChannelWriter<TemplateProgress> told, CancellationToken cancellationToken)
    {
        var (_, name) = Parse(key);
        if (TemplateRecipe.Shipped.Contains(name)) return Refusal.Answer<TemplateBuilt>(OfProduct(name));
        if (build.Recipe.Network && !options.Value.AllowNetwork)
            return Refusal.Answer<TemplateBuilt>(Refusal.Forbidden("The recipe wants the network, which the operator does not allow to builds here (Templates:AllowNetwork)."));
        if (build.Upload is null && build.Recipe.Files.Length > 0)
            return Refusal.Answer<TemplateBuilt>(Refusal.Invalid("The recipe copies files, and none were uploaded: upload them first, and name the upload."));
        if (Interlocked.Increment(ref _building) > options.Value.Builds)
        {
            Interlocked.Decrement(ref _building);
            return Refusal.Answer<TemplateBuilt>(
                Refusal.Overloaded($"{options.Value.Builds} templates are being built on this host. Try again later.") with { RetryAfter = TimeSpan.FromSeconds(10) });
        }

        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(options.Value.Timeout);
            try
            {
                return build.Upload is { } upload
                    ? await uploads.UseAsync(Upload(key), upload, path => AnswerAsync(() => RunAsync(key, build, path, told, deadline.Token)))
                    : await RunAsync(key, build, files: null, told, deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Refusal.Answer<TemplateBuilt>(Refusal.Limit($"The build took longer than the {options.Value.Timeout.TotalSeconds:0} s that one may take here (Templates:Timeout)."));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _building);
        }
    }

    /// <summary>Makes a template; where it takes another's place, that one's start state goes.</summary>
    private async Task<Outcome<T>> ReplaceAsync<T>(string owner, string name, Func<Task<Outcome<T>>> make, CancellationToken cancellationToken)
        where T : class
    {
        var before = await machine.Snapshots.FindAsync(owner, name, cancellationToken);
        var made = await make();
        if (made.Succeeded && before is var (old, _) && await machine.Snapshots.FindAsync(owner, name, cancellationToken) is var (now, _) && !now.Layers.SequenceEqual(old.Layers))
            await starts.ForgetAsync(old);
        return made;
    }

    private async Task<Outcome<TemplateBuilt>> RunAsync(string key, TemplateBuild build, string? files, ChannelWriter<TemplateProgress> told, CancellationToken cancellationToken)
    {
        var (owner, name) = Parse(key);
        try
        {
            return await ReplaceAsync(
                owner, name, () => run.RunAsync(owner, name, build, files, happened => told.WriteAsync(happened, cancellationToken), cancellationToken), cancellationToken);
        }
        catch (TemplateException e)
        {
            return Refusal.Answer<TemplateBuilt>(Refusal.Invalid(e.Message));
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Languages;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Starts;

/// <summary>
/// The start states of templates: each a checkpoint of a sandbox of the usual size, taken once its start command was ready, and stored beside those of sandboxes. One is made
/// when it is asked for first, for each state of the template, each version of runsc and of the agent and each kind of processor; what cannot be used is made again. Until
/// it is there sandboxes start cold.
/// </summary>
internal sealed partial class StartStates(
    WarmPool<StartedSandbox> pool, SandboxFactory factory, CreatedContainers created, SnapshotStandbys standbys, SandboxCheckpoints checkpoints,
    ISandboxMachine machine, IOptions<SandboxOptions> usual, IOptions<PoolOptions> options, TimeProvider time, ILogger<StartStates> logger) : IAsyncDisposable
{
    private static readonly TimeSpan _rest = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<SandboxKey, Entry> _entries = [];
    private readonly List<StartState> _all = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The state of a command on a stack, if it is here; else it is being prepared from now on.</summary>
    /// <param name="command">What has been started in it.</param>
    /// <param name="stack">The layers that it stands on, lowest first.</param>
    public StartState? Find(StartCommand command, IReadOnlyList<LayerDescriptor> stack) =>
        PrepareAsync(command, stack) is { IsCompletedSuccessfully: true } ready ? ready.Result : null;

    /// <summary>The same, once it is known. Never fails.</summary>
    /// <returns>Null where it cannot be had for now.</returns>
    public Task<StartState?> PrepareAsync(StartCommand command, IReadOnlyList<LayerDescriptor> stack)
    {
        var key = KeyOf(command, stack);
        lock (_gate)
        {
            var entry = _entries.GetValueOrDefault(key);
            if (_stopping.IsCancellationRequested || (entry is not null && !IsOver(entry))) return entry?.Preparing ?? Task.FromResult<StartState?>(null);
            var preparing = Task.Run(() => PrepareAsync(key, command, stack, rebuild: entry is { Refused: true }));
            _entries[key] = new Entry(preparing, time.GetTimestamp(), Refused: false);
            return preparing;
        }
    }

    /// <summary>A sandbox of the usual size that begins from a state; where that cannot be, one on the same layers with nothing in it. Its caller was admitted by the pool.</summary>
    /// <returns>The sandbox, and whether it began from the state.</returns>
    /// <exception cref="SandboxStartException">It could not be started; nothing of it is left.</exception>
    public async Task<(StartedSandbox Sandbox, bool Begun)> StartAsync(StartState state, CancellationToken cancellationToken)
    {
        try
        {
            var sandbox = TryTake(state) ?? await RestoreAsync(state, cancellationToken);
            Note(state);
            return (sandbox, true);
        }
        catch (Exception e) when (e is SandboxStartException or CheckpointRefusedException)
        {
            return (await factory.StartAsync(usual.Value.Size, state.Manifest.Layers, cancellationToken), false);
        }
    }

    /// <summary>Deletes the stored start states of a template that goes, and prepares them anew where they are asked for again. Sandboxes from them go on.</summary>
    /// <param name="stack">The template's layers, lowest first.</param>
    /// <param name="cancellationToken">Gives up; some may be left.</param>
    /// <exception cref="CheckpointStorageException">The store fails.</exception>
    public async Task RemoveAsync(IReadOnlyList<LayerDescriptor> stack, CancellationToken cancellationToken)
    {
        var (owner, name) = (OwnerOf(stack), NameOf(stack));
        StartState[] states;
        lock (_gate)
        {
            var gone = _entries.Where(entry => entry.Key.Owner == owner && entry.Key.Id.StartsWith(SandboxKey.OfStart(owner, name).Id, StringComparison.Ordinal)).ToArray();
            foreach (var (key, _) in gone) _entries.Remove(key);
            states = [.. gone.Where(entry => entry.Value.Preparing.IsCompletedSuccessfully).Select(entry => entry.Value.Preparing.Result).OfType<StartState>()];
        }

        foreach (var state in states) Drop(state);
        await machine.Checkpoints.DeleteStartsAsync(owner, name, cancellationToken);
    }

    /// <summary>Prepares none any more, and lets go of the files of those that there are.</summary>
    public async Task StopAsync()
    {
        Task[] preparing;
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested) _stopping.Cancel();
            preparing = [.. _entries.Values.Select(entry => entry.Preparing)];
        }

        await Task.WhenAll(preparing);
        await StopKeepingAsync();
        lock (_gate)
        {
            foreach (var state in _all) state.Dispose();
            _all.Clear();
            _entries.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    /// <summary>Restores one. A state that cannot be restored is not used again, and another is made.</summary>
    private async Task<StartedSandbox> RestoreAsync(StartState state, CancellationToken cancellationToken)
    {
        // As every sandbox of the pool it is told no id.
        var resumption = new GuestResumption { Restored = true, Generation = GuestResumption.NewGeneration() };
        var image = Path.Combine(state.Files.Directory, SandboxImage.Memory);
        uint? preloaded = state.Command.Modules.Count > 0 ? PreloadedPython.Number : null;
        try
        {
            return await factory.RestoreAsync(usual.Value.Size, state.Manifest, image, state.Image.Link, resumption, TryTake, cancellationToken, preloaded);
        }
        catch (Exception e) when (e is SandboxStartException or CheckpointRefusedException)
        {
            LogNotRestored(e.Message, state.Manifest.Sandbox);
            lock (_gate)
            {
                var key = SandboxKey.Parse(state.Manifest.Sandbox);
                if (_entries.GetValueOrDefault(key) is { Preparing: { IsCompletedSuccessfully: true, Result: { } now } } && now == state)
                    _entries[key] = new Entry(Task.FromResult<StartState?>(null), time.GetTimestamp(), Refused: true);
            }

            Drop(state);
            throw;
        }
    }

    private CreatedContainer? TryTake(ContainerSpec spec) => created.TryTake(spec) ?? standbys.TryTake(spec);

    /// <summary>Whether it failed long enough ago.</summary>
    private bool IsOver(Entry entry) =>
        entry.Preparing is { IsCompletedSuccessfully: true, Result: null } && (entry.Refused || time.GetElapsedTime(entry.Since) > _rest);

    private async Task<StartState?> PrepareAsync(SandboxKey key, StartCommand command, IReadOnlyList<LayerDescriptor> stack, bool rebuild)
    {
        try
        {
            var state = (rebuild ? null : await FetchAsync(key, command)) ?? await MakeAsync(key, command, stack);
            lock (_gate) _all.Add(state);
            return state;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            // Sandboxes start without it too.
            LogNotPrepared(e is SandboxStartException or InvalidOperationException or CheckpointStorageException ? null : e, command.Key, e.Message, _rest.TotalSeconds);
            return null;
        }
    }

    private async Task<StartState?> FetchAsync(SandboxKey key, StartCommand command)
    {
        foreach (var stored in (await checkpoints.ListAsync(key.ToString(), _stopping.Token)).Reverse())
        {
            try
            {
                return await FetchAsync(key, stored.Id, command);
            }
            catch (Exception e) when (e is CheckpointRefusedException or InvalidDataException)
            {
                LogRefused(e.Message);
            }
        }

        return null;
    }

    private async Task<StartState> FetchAsync(SandboxKey key, string id, StartCommand command)
    {
        var manifest = await checkpoints.ReadAsync(key.ToString(), id, _stopping.Token);
        var files = await checkpoints.FetchAsync(manifest, _stopping.Token);
        try
        {
            return new StartState(command, manifest, await SandboxImage.ReadAsync(files.Directory, _stopping.Token), files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private async Task<StartState> MakeAsync(SandboxKey key, StartCommand command, IReadOnlyList<LayerDescriptor> stack)
    {
        var began = time.GetTimestamp();
        var size = usual.Value.Size;
        var spec = new SandboxSpec
        {
            Template = TemplateRecipe.Base,
            Directory = Guest.Home,
            MemoryBytes = size.MemoryBytes,
            DiskBytes = size.DiskBytes,
            Processes = size.Processes,
        };
        var rental = await pool.RentAsync(token => factory.StartAsync(size, stack, token), elsewhere: null, _stopping.Token);
        if (rental is not Rental<StartedSandbox>.Granted { Sandbox: var sandbox })
            throw new SandboxStartException(((Rental<StartedSandbox>.Refused)rental).Refusal.Message);
        try
        {
            using var files = checkpoints.NewDirectory();
            var image = await new StartStateBuild(sandbox, spec, command, time).RunAsync(_stopping.Token);
            await image.SaveAsync(files.Directory, _stopping.Token);
            await sandbox.Container.CheckpointAsync(Path.Combine(files.Directory, SandboxImage.Memory), leaveRunning: true, _stopping.Token);
            var saved = await checkpoints.SaveAsync(
                key.ToString(), spec, sandbox, new CheckpointLayers(stack), new CheckpointRequest { Epoch = 1, Timeline = 1 }, files.Directory, _stopping.Token);
            // One more stays: another host may be fetching it.
            await checkpoints.RetainAsync(key.ToString(), keep: 1, saved.Id, _stopping.Token);
            LogMade(command.Key, saved.Bytes, time.GetElapsedTime(began).TotalSeconds);
            return await FetchAsync(key, saved.Id, command);
        }
        finally
        {
            pool.Retire(sandbox);
        }
    }

    /// <summary>Names a state by all that it depends on; those on one stack have the same beginning.</summary>
    private SandboxKey KeyOf(StartCommand command, IReadOnlyList<LayerDescriptor> stack)
    {
        var draft = machine.Draft;
        var rest = JsonSerializer.Serialize(new
        {
            command = command.Key,
            hook = Convert.ToHexStringLower(SHA256.HashData(PreloadedPython.Hook.Content)),
            usual.Value.Size.MemoryBytes,
            usual.Value.Size.DiskBytes,
            usual.Value.Size.Processes,
            usual.Value.OpenFiles,
            draft.RunscVersion,
            draft.Platform,
            draft.CpuFeatures,
            agent = draft.Agent.Hex,
        });
        return SandboxKey.OfStart(OwnerOf(stack), NameOf(stack) + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rest)))[..24]);
    }

    /// <summary>Whose layers are in it; the product's own states are nobody's.</summary>
    private static string OwnerOf(IReadOnlyList<LayerDescriptor> stack) =>
        stack.Select(layer => layer.Owner).FirstOrDefault(owner => owner is not null) ?? ReservedBlobWords.System;

    private static string NameOf(IReadOnlyList<LayerDescriptor> stack) =>
        $"{LayerDigest.OfChain(stack.Select(layer => layer.DiffId)).Hex[..24]}-";

    private sealed record Entry(Task<StartState?> Preparing, long Since, bool Refused);

    [LoggerMessage(120, LogLevel.Information, "The start state {Command} was made: {Bytes} bytes in {Seconds:0.0} s")]
    private partial void LogMade(string command, long bytes, double seconds);

    [LoggerMessage(121, LogLevel.Warning, "The start state {Command} could not be made, so sandboxes start cold; the next try is {Seconds} s later at the soonest: {Message}")]
    private partial void LogNotPrepared(Exception? error, string command, string message, double seconds);

    [LoggerMessage(122, LogLevel.Warning, "A start state cannot be used, and another is made: {Message}")]
    private partial void LogRefused(string message);

    [LoggerMessage(123, LogLevel.Warning, "A sandbox could not begin from the start state {State}, and starts cold; another state is made: {Message}")]
    private partial void LogNotRestored(string message, string state);
}

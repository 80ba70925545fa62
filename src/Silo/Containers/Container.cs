using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Containers;

/// <summary>
/// One running container. Its owner disposes it, whatever happened to it; then nothing of it is left: no process, cgroup, bundle or state of runsc.
/// </summary>
internal sealed partial class Container : IAsyncDisposable
{
    private const int PipeBytes = 256 * 1024;

    private static readonly TimeSpan _lastWords = TimeSpan.FromMilliseconds(100);

    private readonly RunscProcess _process;
    private readonly bool _kept;
    private readonly RunscCommand _command;
    private readonly ICgroup _cgroup;
    private readonly ServerDirectories _directories;
    private readonly ContainerRuntimeOptions _options;
    private readonly ILogger _logger;
    private readonly Lazy<Task> _teardown;

    /// <param name="id">Its id.</param>
    /// <param name="process">The process that ends with it: an attached runsc, or a keeper (src/Launch/keep.c).</param>
    /// <param name="kept">Whether it is a keeper.</param>
    /// <param name="command">Calls the runsc that made it, with its global flags.</param>
    /// <param name="cgroup">Its cgroup.</param>
    /// <param name="directories">Where its files are.</param>
    /// <param name="options">Deadlines.</param>
    /// <param name="logger">Says what went wrong in the removal.</param>
    internal Container(
        string id, RunscProcess process, bool kept, RunscCommand command, ICgroup cgroup, ServerDirectories directories,
        ContainerRuntimeOptions options, ILogger logger)
    {
        Id = id;
        _process = process;
        _kept = kept;
        _command = command;
        _cgroup = cgroup;
        _directories = directories;
        _options = options;
        _logger = logger;
        // What either side writes at once fits, so that it does not wait for the other in the middle.
        PipeSize.TryGrow(process.Output, PipeBytes);
        PipeSize.TryGrow(process.Input, PipeBytes);
        _teardown = new Lazy<Task>(TearDownAsync);
        Exited = ObserveAsync();
    }

    /// <summary>The container's id, unique on this machine.</summary>
    public string Id { get; }

    /// <summary>The agent's stdin. Writes fail with an <see cref="IOException"/> once the container has ended.</summary>
    public Stream ToGuest => _process.Input;

    /// <summary>The agent's stdout. Waiting reads hold no thread. Ends when the container does.</summary>
    public Stream FromGuest => _process.Output;

    /// <summary>Completes, never with an error, when the container has ended: by itself, by <see cref="KillAsync"/> or by the memory limit.</summary>
    public Task<ContainerExit> Exited { get; }

    /// <summary>What it has used up to now.</summary>
    public CgroupUsage ReadUsage() => _cgroup.ReadUsage();

    /// <summary>Stops every process of the container, runsc's own too, until <see cref="Thaw"/>. Where there are no cgroups nothing happens.</summary>
    /// <exception cref="InvalidOperationException">A checkpoint is being made: stopped, it would never be done.</exception>
    public void Freeze()
    {
        lock (_gate)
        {
            if (_checkpointing)
                throw new InvalidOperationException($"Container {Id} cannot be frozen while a checkpoint of it is made.");
            _frozen = true;
            _cgroup.Freeze();
        }
    }

    /// <summary>Lets a frozen container go on.</summary>
    public void Thaw()
    {
        lock (_gate)
        {
            _frozen = false;
            _cgroup.Thaw();
        }
    }

    /// <summary>
    /// Ends the container at once, whatever it does. Cheaper in latency than closing <see cref="ToGuest"/> (2-5 ms against 6 ms), but runsc cannot clean up, so
    /// that <see cref="DisposeAsync"/> has more to do.
    /// </summary>
    /// <returns>Completes when it has ended.</returns>
    public async Task<ContainerExit> KillAsync()
    {
        Kill();
        return await Exited;
    }

    /// <summary>
    /// Ends the container and removes everything of it: closes <see cref="ToGuest"/>, on which the agent exits and runsc cleans up; kills whatever
    /// is left after <see cref="ContainerRuntimeOptions.TeardownGrace"/>. May be called more than once.
    /// </summary>
    public async ValueTask DisposeAsync() => await _teardown.Value;

    private async Task<ContainerExit> ObserveAsync()
    {
        var code = await _process.Exited;
        // What was said last is often the reason, and may still be in the pipe. Mostly everyone is gone by now; a sandbox that outlives its
        // runsc must not hold this up.
        await Task.WhenAny(_process.StderrEnded, Task.Delay(_lastWords));
        // Now, because the counters go with the cgroup.
        var usage = _cgroup.ReadUsage();
        // A guest that ends by itself once its state was written sleeps too; whether it was written is known a little later.
        var checkpointed = _sleep is { } sleep && await sleep.Task;
        return new ContainerExit(code, _process.Stderr.ToString(), usage) { Checkpointed = checkpointed };
    }

    private void Kill()
    {
        _cgroup.Kill();
        // For machines without cgroups: the sandbox and the gofer of an attached run die with this process, since runsc asks the kernel
        // for it (PR_SET_PDEATHSIG), and so do all processes of the guest. A keeper kills them when it is asked to end.
        _process.Signal(_kept ? PosixSignals.Terminate : PosixSignals.Kill);
        // And where the one who would see to it is gone already.
        Strays(kill: true);
    }
}

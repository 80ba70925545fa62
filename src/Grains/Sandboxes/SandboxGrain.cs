using Microsoft.Extensions.Logging;
using Orleans.Placement;
using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <inheritdoc cref="ISandboxGrain"/>
/// <remarks>
/// The record in memory is ahead of the stored one only within a call that changes the life; those run one at a time, as do the ticks of the
/// one timer, so that no two writes overlap. All else runs between their turns and changes nothing but what a lost activation may lose: when
/// the last activity was, and events of the last second. What runs belongs to the host and is found there again.
/// </remarks>
[Immovable, PreferLocalPlacement, GrainType(SandboxRecord.GrainType)]
internal sealed partial class SandboxGrain(
    [PersistentState(SandboxRecord.StateName, SandboxRecord.StorageName)] IPersistentState<SandboxRecord> state,
    ISandboxHost host,
    ILogger<SandboxGrain> logger,
    SandboxClock? clock = null) : Grain, ISandboxGrain
{
    private readonly TimeProvider _time = clock?.Time ?? TimeProvider.System;
    private readonly CancellationTokenSource _ending = new();
    private TaskScheduler _turns = null!;
    private string _key = null!;
    private string _id = null!;
    private EventPublisher _publisher = null!;
    private ITimer _alarm = null!;
    private IGrainTimer _tick = null!;

    // What is known; null where there is no such sandbox.
    private SandboxRecord? _record;
    private EventLog _log = new(new EventLogState());
    private ProcessLedger _ledger = new();
    private SandboxDeadlines? _deadlines;
    private ILiveSandbox? _live;

    /// <summary>The status as it is, also when the loss of the sandbox has not been written yet.</summary>
    private SandboxStatus? Status => Lost is null ? _record?.Status : SandboxStatus.Failed;

    /// <summary>Why the sandbox that should run has ended by itself, or null.</summary>
    private string? Lost => _live is { Ended: { IsCompleted: true } ended }
        && _record is { Status: SandboxStatus.Creating or SandboxStatus.Running or SandboxStatus.Paused or SandboxStatus.Suspending } ? ended.Result : null;

    private bool IsBusy => _ledger.RunningCount > 0;

    /// <inheritdoc/>
    public async Task<bool> CheckTokenAsync(string token)
    {
        await LookAgainAsync();
        return Opens(token);
    }

    /// <inheritdoc/>
    public async Task<Outcome<SandboxDescription>> DescribeAsync()
    {
        await LookAgainAsync();
        return Described();
    }

    /// <inheritdoc/>
    public async Task<Outcome<SandboxDescription>> TouchAsync()
    {
        if (await WakeAsync() is { } asleep) return Failed<SandboxDescription>(asleep);
        if (Status is SandboxStatus.Creating || Refusal(SandboxUse.Look) is not { } error)
        {
            _deadlines?.Touch();
            return Described();
        }

        return Failed<SandboxDescription>(error);
    }

    /// <inheritdoc/>
    public async Task<Outcome<SandboxStats>> StatsAsync() => Refusal(SandboxUse.Look) is { } error
        ? new Outcome<SandboxStats> { Error = error }
        : new Outcome<SandboxStats> { Value = await _live!.ReadStatsAsync(_ending.Token) };

    private bool Opens(string token) => _record is { } record && SandboxToken.Matches(token, record.TokenHash);

    // What was lost just now and has a checkpoint is not gone: it goes on from there as soon as that is written down.
    private SandboxError? Refusal(SandboxUse use) => Lost is not null && _record!.Checkpoint is not null
        ? Again()
        : SandboxLifecycle.Check(Status, Lost ?? _record?.Reason, use) ?? (_live is null ? Again() : null);

    private Outcome<SandboxDescription> Described() => _record is not { } record
        ? new Outcome<SandboxDescription> { Error = SandboxLifecycle.Check(null, null, SandboxUse.Look) }
        : new Outcome<SandboxDescription>
        {
            Value = new SandboxDescription
            {
                Id = _id,
                Status = Lost is not null && record.Checkpoint is not null ? SandboxStatus.Suspended : Status!.Value,
                Reason = Lost ?? record.Reason,
                Spec = record.Spec!,
                Created = record.Created,
                Epoch = record.Epoch,
                Timeline = record.Timeline,
                Expires = _live is null ? null : _deadlines?.Expires(IsBusy),
                Away = _away,
            },
        };
}

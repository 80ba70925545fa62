using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>Checkpoints, sleeping and waking, going back, copies.</content>
public sealed partial class Sandbox
{
    /// <summary>Keeps its whole state, memory and files; it goes on. Where the answer is lost, it may be kept twice.</summary>
    /// <param name="label">What to call it, up to 128 characters.</param>
    /// <param name="cancellationToken">Gives the call up; it may have been taken.</param>
    public async Task<Checkpoint> CheckpointAsync(string? label = null, CancellationToken cancellationToken = default) =>
        (await _link.CallAsync<CheckpointAnswer>("CheckpointSandbox", new CheckpointRequest(Id, Token) { Label = label }, Repeat.Safe, cancellationToken)).Checkpoint;

    /// <summary>
    /// Puts it to storage with its running programs. The next start, write or read wakes it, and so does <see cref="RestoreAsync(CancellationToken)"/>. Twice is once.
    /// </summary>
    public Task<SandboxInfo> SuspendAsync(CancellationToken cancellationToken = default) => CallAsync("SuspendSandbox", cancellationToken);

    /// <summary>Wakes it. One that is awake stays as it is.</summary>
    public Task<SandboxInfo> RestoreAsync(CancellationToken cancellationToken = default) => CallAsync("RestoreSandbox", cancellationToken);

    /// <summary>
    /// Wakes it. With <paramref name="cold"/>, if its checkpoint cannot be restored any more, it is started with the files that lie beside that (<see cref="CreateOptions.KeepFiles"/>): the
    /// programs that ran are lost, which the event <c>started_cold</c> tells, and a new timeline begins as after <see cref="RewindAsync(string, CancellationToken)"/>.
    /// </summary>
    /// <exception cref="ConflictException">The checkpoint cannot be restored: the message says why, and whether its files are there.</exception>
    public async Task<SandboxInfo> RestoreAsync(bool cold, CancellationToken cancellationToken = default) =>
        _info = (await _link.CallAsync<SandboxAnswer>("RestoreSandbox", new CheckpointRequest(Id, Token) { Cold = cold ? true : null }, Repeat.Safe, cancellationToken)).Sandbox;

    /// <summary>
    /// Goes back to a checkpoint: what happened since has not happened. A new timeline begins: reading fails with a <see cref="RewoundException"/>,
    /// and the input of a process object from before may be refused by a <see cref="ConflictException"/>. Take programs up again by
    /// <see cref="GetProcessAsync"/>.
    /// </summary>
    /// <exception cref="NotFoundException">It has no such checkpoint.</exception>
    public async Task<SandboxInfo> RewindAsync(string checkpointId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointId);
        var request = new CheckpointRequest(Id, Token) { CheckpointId = checkpointId };
        return _info = (await _link.CallAsync<SandboxAnswer>("RewindSandbox", request, Repeat.Safe, cancellationToken)).Sandbox;
    }

    /// <inheritdoc cref="RewindAsync(string, CancellationToken)"/>
    public Task<SandboxInfo> RewindAsync(Checkpoint checkpoint, CancellationToken cancellationToken = default) =>
        RewindAsync(checkpoint.Id, cancellationToken);

    /// <summary>
    /// Makes new sandboxes from its present state, and goes on. Each has an id and a token of its own, and shares this one's connection.
    /// </summary>
    /// <param name="count">How many, 1 to 100: all or none are made.</param>
    /// <param name="cancellationToken">Gives the call up; they may have been made.</param>
    /// <exception cref="UnknownOutcomeException">The answer was lost. It is not repeated; the events of type <c>forked</c> tell what was made.</exception>
    public async Task<IReadOnlyList<Sandbox>> ForkAsync(int count = 1, CancellationToken cancellationToken = default)
    {
        var answer = await _link.CallAsync<ForkAnswer>("ForkSandbox", new CheckpointRequest(Id, Token) { Count = count }, Repeat.Never, cancellationToken);
        return [.. answer.Sandboxes.Select(made => new Sandbox(_link, made.Sandbox, made.Token, made.Created, ownsLink: false))];
    }

    /// <summary>Its checkpoints, and which of them it goes on from. Wakes nothing.</summary>
    public Task<CheckpointList> ListCheckpointsAsync(CancellationToken cancellationToken = default) =>
        _link.CallAsync<CheckpointList>("ListCheckpoints", new SandboxRequest(Id, Token), Repeat.Safe, cancellationToken);

    /// <summary>Deletes a checkpoint, and gives those that are left.</summary>
    /// <exception cref="ConflictException">It is the current one.</exception>
    public Task<CheckpointList> DeleteCheckpointAsync(string checkpointId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointId);
        var request = new CheckpointRequest(Id, Token) { CheckpointId = checkpointId };
        return _link.CallAsync<CheckpointList>("DeleteCheckpoint", request, Repeat.Safe, cancellationToken);
    }
}

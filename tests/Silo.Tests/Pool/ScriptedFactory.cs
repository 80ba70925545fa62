using System.Threading.Channels;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

/// <summary>A factory whose starts end when the test says so.</summary>
internal sealed class ScriptedFactory : ISandboxFactory<ScriptedSandbox>
{
    private readonly Channel<TaskCompletionSource<ScriptedSandbox>> _starts = Channel.CreateUnbounded<TaskCompletionSource<ScriptedSandbox>>();

    public int Begun { get; private set; }

    public Task<ScriptedSandbox> StartAsync(CancellationToken cancellationToken)
    {
        var start = new TaskCompletionSource<ScriptedSandbox>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(() => start.TrySetCanceled(cancellationToken));
        lock (this) Begun++;
        _starts.Writer.TryWrite(start);
        return start.Task;
    }

    /// <summary>The next start that the pool has begun.</summary>
    public async Task<TaskCompletionSource<ScriptedSandbox>> NextStartAsync() =>
        await _starts.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets the next start succeed.</summary>
    public async Task<ScriptedSandbox> SucceedAsync()
    {
        var sandbox = new ScriptedSandbox();
        (await NextStartAsync()).SetResult(sandbox);
        return sandbox;
    }
}

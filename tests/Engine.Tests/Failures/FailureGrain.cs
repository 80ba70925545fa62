using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Failures;

internal interface IFailureGrain : IGrainWithStringKey
{
    Task Throw(string message);

    Task ThrowAtOnce();

    Task<int> ThrowOwn(int code);

    Task<int> Fine();

    Task Wait(CancellationToken cancellationToken);

    Task<bool> Received(CancellationToken cancellationToken);

    Task Hold(string gate);

    [ResponseTimeout("00:00:00.5")]
    Task HoldBriefly(string gate);

    Task<string> PassOn(IFailureGrain other);
}

[GenerateSerializer]
internal sealed class OwnException : Exception
{
    public OwnException(int code)
        : base($"Code {code}.") => Code = code;

    [Id(0)] public int Code { get; }
}

internal sealed class FailureGrain(Probe probe) : Grain, IFailureGrain
{
    private string Key => this.GetPrimaryKeyString();

    public async Task Throw(string message)
    {
        await Task.Yield();
        throw new InvalidOperationException(message);
    }

    public Task ThrowAtOnce() => throw new NotSupportedException("Thrown before any await.");

    public async Task<int> ThrowOwn(int code)
    {
        await Task.Yield();
        throw new OwnException(code);
    }

    public Task<int> Fine() => Task.FromResult(1);

    public async Task Wait(CancellationToken cancellationToken)
    {
        probe.Record(Key, "waiting");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            probe.Record(Key, cancellationToken.IsCancellationRequested ? "cancelled" : "not cancelled");
        }
    }

    public Task<bool> Received(CancellationToken cancellationToken)
    {
        probe.Record(Key, "received");
        return Task.FromResult(cancellationToken.IsCancellationRequested);
    }

    public async Task Hold(string gate)
    {
        probe.Record(Key, "holding");
        await probe.Passing(gate);
        probe.Record(Key, "passed");
    }

    public Task HoldBriefly(string gate) => Hold(gate);

    public async Task<string> PassOn(IFailureGrain other)
    {
        try
        {
            await other.ThrowOwn(5);
            return "nothing";
        }
        catch (OwnException exception)
        {
            return $"caught {exception.Code}";
        }
    }
}

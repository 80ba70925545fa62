namespace Sandbox.Grains.Execution;

/// <summary>The keys of <see cref="IExecutionGrain"/>.</summary>
public static class ExecutionKey
{
    /// <summary>A key for one new execution of an owner.</summary>
    /// <param name="owner">The owner: <c>[a-z0-9][a-z0-9-]{0,39}</c>.</param>
    public static string New(string owner) => $"{owner}/{Guid.NewGuid():n}";
}

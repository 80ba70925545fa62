namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Waits for conditions. The test's own deadline ends the wait.</summary>
internal static class Waiting
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition()) await Task.Delay(LookEvery, TestContext.Current.CancellationToken);
    }

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task<List<T>> AllAsync<T>(this IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (var item in items.WithCancellation(TestContext.Current.CancellationToken)) all.Add(item);
        return all;
    }
}

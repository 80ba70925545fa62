using System.Text;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>All that a terminal has shown since it began, and its keyboard.</summary>
internal sealed class TestScreen : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HubClient _hub;
    private readonly string _sandboxId;
    private readonly string _processId;
    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly MemoryStream _bytes = new();
    private readonly Task _reading;
    private long _typed;

    public TestScreen(HubClient hub, TestSandbox sandbox, string processId)
    {
        (_hub, _sandboxId, _processId) = (hub, sandbox.Id, processId);
        _reading = Task.Run(ReadAsync, CancellationToken.None);
    }

    public string Text
    {
        get
        {
            lock (_bytes) return Encoding.UTF8.GetString(_bytes.ToArray());
        }
    }

    public async Task TypeAsync(string keys)
    {
        var data = Encoding.UTF8.GetBytes(keys);
        await _hub.CallAsync("WriteInput", new { sandboxId = _sandboxId, processId = _processId, offset = _typed, data });
        _typed += data.Length;
    }

    /// <summary>
    /// Presses Escape every second until it is over: vim 9.0 waits for a key where it only wanted to look for one, if a millisecond went by since it began to
    /// (its <c>inchar_loop</c>), so that now and then it needs one to go on.
    /// </summary>
    public async Task InVimAsync(Task task)
    {
        while (await Task.WhenAny(task, Task.Delay(1_000, TestContext.Current.CancellationToken)) != task)
            await TypeAsync("\u001b").ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // It may just have ended.
        await task;
    }

    public Task ShowsAsync(string text) => UntilAsync(() => Text.Contains(text, StringComparison.Ordinal), $"show '{text}'");

    public Task GrowsBeyondAsync(int length) => UntilAsync(() => Text.Length > length, "show more");

    public async Task EndsAsync()
    {
        await UntilAsync(() => _reading.IsCompleted, "end");
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
        await _bytes.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        await foreach (var item in _hub.ReadOutputUntilAsync(_sandboxId, _processId, "terminal", offset: 0, _over.Token))
        {
            if (item.Type() != "data") continue;
            lock (_bytes) _bytes.Write(item.Data());
        }
    }

    private async Task UntilAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                var process = await _hub.CallAsync("DescribeProcess", new { sandboxId = _sandboxId, processId = _processId });
                Assert.Fail($"The terminal does not {what}. Its process: {process}\nIt showed: {JsonSerializer.Serialize(Text)}");
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}

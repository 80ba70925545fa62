using Microsoft.AspNetCore.SignalR;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

// A client that reads from the beginning to the end, whatever becomes of the sandbox meanwhile.
internal sealed partial class Sequence
{
    private readonly CancellationTokenSource _viewed = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
    private readonly LineWitness _lines = new();
    private ModelSandbox? _viewedSandbox;
    private string? _viewedProcess;
    private Task _viewing = Task.CompletedTask;

    private void View(ModelSandbox sandbox, ModelProcess process)
    {
        (_viewedSandbox, _viewedProcess) = (sandbox, process.Id);
        _viewing = _lines.ReadAsync(hub.ReadOutputUntilAsync(sandbox.Id, process.Id, "stdout", 0, _viewed.Token));
    }

    /// <summary>It comes to see what was seen by others, unless its program was killed in one of the histories, which ends what it reads.</summary>
    private async Task AssertViewedAsync()
    {
        if (_done.Contains($"{_viewedSandbox!.Id} kill {_viewedProcess}")) return;
        var output = await hub.ReadOutputUntilAsync(_viewedSandbox.Id, _viewedProcess!, "stdout", 0, Cancel).FirstAsync(Cancel);
        await _lines.UntilAsync(output.Data().Count(c => c == (byte)'\n'));
    }

    private async Task StopViewingAsync()
    {
        await _viewed.CancelAsync();
        try
        {
            await _viewing;
        }
        catch (Exception e) when (e is OperationCanceledException or HubException)
        {
            // It was given up.
        }

        _viewed.Dispose();
    }
}

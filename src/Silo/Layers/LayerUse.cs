namespace Sandbox.Silo.Layers;

/// <summary>A stack of unpacked layers that stays on this host until this is disposed.</summary>
/// <param name="directories">The layers' directories, lowest first.</param>
/// <param name="release">Ends the use.</param>
internal sealed class LayerUse(IReadOnlyList<string> directories, Action release) : IDisposable
{
    private Action? _release = release;

    /// <summary>The layers' directories, lowest first.</summary>
    public IReadOnlyList<string> Directories => directories;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}

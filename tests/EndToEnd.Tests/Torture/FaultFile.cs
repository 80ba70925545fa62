using Sandbox.Grains.Faults;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>Tells a server what is to fail now (<c>Faults:Control</c>).</summary>
internal sealed class FaultFile : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sandbox-faults-{Guid.NewGuid():n}");

    /// <summary>The arguments of a server that obeys.</summary>
    public string[] Arguments => ["--Faults:Control", _path];

    /// <summary>Has the server kill itself when it reaches a point.</summary>
    public void DieAt(FaultPoint point) => Write(point.ToString());

    /// <summary>Has the store of blobs do what its fault's name says: <c>Hangs</c>, <c>Fails</c>, <c>Full</c>.</summary>
    public void Store(string fault) => Write(fault);

    /// <summary>Nothing fails any more.</summary>
    public void Clear() => File.Delete(_path);

    public void Dispose() => Clear();

    private void Write(string order)
    {
        // Whole or not at all: it is read all the time.
        File.WriteAllText(_path + ".new", order);
        File.Move(_path + ".new", _path, overwrite: true);
    }
}

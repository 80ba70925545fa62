using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Tests.Layers;

public sealed class LayerShelfTests
{
    private readonly LayerShelf _shelf = new(mostBytes: 100);

    [Fact]
    public void What_was_used_longest_ago_goes_first_and_only_as_much_as_must()
    {
        Use("a", 40);
        Use("b", 40);
        Use("c", 10);
        Assert.Empty(_shelf.Evict());
        Use("a", 40);
        Use("d", 30);
        Assert.Equal(["b"], _shelf.Evict());
        Assert.Equal(80, _shelf.Bytes);
    }

    [Fact]
    public void What_is_in_use_stays_whatever_it_takes()
    {
        _shelf.Take("a");
        _shelf.Take("a");
        _shelf.Put("a", 500);
        _shelf.Release("a");
        Use("b", 1);
        Assert.Equal(["b"], _shelf.Evict());
        _shelf.Release("a");
        Assert.Equal(["a"], _shelf.Evict());
        Assert.Equal(0, _shelf.Bytes);
    }

    [Fact]
    public void What_was_never_there_takes_nothing()
    {
        _shelf.Take("failed");
        _shelf.Release("failed");
        Assert.Equal(0, _shelf.Bytes);
        Assert.Empty(_shelf.Evict());
    }

    private void Use(string name, long bytes)
    {
        _shelf.Take(name);
        _shelf.Put(name, bytes);
        _shelf.Release(name);
    }
}

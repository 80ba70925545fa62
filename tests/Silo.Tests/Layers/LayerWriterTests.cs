using System.Security.Cryptography;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Layers;

public sealed class LayerWriterTests
{
    [Fact]
    public void On_a_full_disk_a_layer_leaves_no_file()
    {
        using var disk = new SmallDisk();
        var data = DataDirectory.Open(Path.Combine(disk.Path, "data"));
        var writer = new LayerWriter(data);
        Assert.Throws<IOException>(() =>
        {
            for (var i = 0; i < 16; i++) writer.Tar.Write(RandomNumberGenerator.GetBytes(1 << 20));
        });

        // It may fail as the writing did.
        var failed = Record.Exception(writer.Dispose);
        Assert.True(failed is null or IOException, $"{failed}");
        Assert.Empty(Directory.GetFileSystemEntries(data.Temporary));
    }
}

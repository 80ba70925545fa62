using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_new_data_directory_is_its_users_alone()
    {
        var data = DataDirectory.Open(_directory.Below("deep", "data"));
        Assert.All((string[])[data.Path, data.Blobs, data.Layers, data.Temporary], path => Assert.Equal(0x1C0, (int)File.GetUnixFileMode(path)));
    }

    [Theory]
    [InlineData(0x1ED, "755")]
    [InlineData(0x1F8, "770")]
    [InlineData(0x1C1, "701")]
    public void One_that_others_may_enter_is_refused_with_the_remedy(int mode, string shown)
    {
        var path = _directory.Below("data");
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        var refused = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(path));
        Assert.Contains($"mode {shown}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"chmod 700 {path}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_its_place_is_refused()
    {
        File.WriteAllText(_directory.Below("data"), "");
        Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(_directory.Below("data")));
        Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(_directory.Below("data", "below")));
    }
}

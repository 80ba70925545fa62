using Sandbox.Silo.Holding;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Holding;

public sealed class HostNameTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("sandbox-host-");
    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("sandbox-host-");

    public void Dispose()
    {
        _data.Delete(recursive: true);
        _copy.Delete(recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_host_keeps_its_name_as_long_as_its_directory_is_where_it_was(bool isAlone)
    {
        var name = HostName.Of(_data.FullName, isAlone);
        Assert.Equal((name, name), (HostName.Of(_data.FullName, isAlone), HostName.Of(_data.FullName, !isAlone)));
    }

    [Fact]
    public void A_copy_of_a_directory_is_another_host_where_the_store_is_shared_and_the_same_where_it_is_not()
    {
        var name = HostName.Of(_data.FullName, isAlone: false);
        Copy(File.ReadAllText(FileOf(_data)));
        var copy = HostName.Of(_copy.FullName, isAlone: false);
        Assert.NotEqual(name, copy);
        Assert.Equal((copy, name), (HostName.Of(_copy.FullName, isAlone: false), HostName.Of(_data.FullName, isAlone: false)));

        // A backup that was brought back.
        Copy(File.ReadAllText(FileOf(_data)));
        Assert.Equal(name, HostName.Of(_copy.FullName, isAlone: true));
    }

    [Fact]
    public void A_machine_that_was_started_anew_may_be_a_copy_of_one_that_runs()
    {
        var name = HostName.Of(_data.FullName, isAlone: false);
        var lines = File.ReadAllLines(FileOf(_data));
        File.WriteAllLines(FileOf(_data), [lines[0], $"{Guid.NewGuid()} {lines[1].Split(' ')[1]}"]);
        Assert.NotEqual(name, HostName.Of(_data.FullName, isAlone: false));
    }

    [Fact]
    public void What_holds_no_name_is_refused()
    {
        Copy("nothing of the kind\n");
        Assert.Contains("does not hold this host's name", Assert.Throws<DataDirectoryException>(() => HostName.Of(_copy.FullName, isAlone: true)).Message, StringComparison.Ordinal);
    }

    private static string FileOf(DirectoryInfo data) => Path.Combine(data.FullName, "host");

    private void Copy(string text) => File.WriteAllText(FileOf(_copy), text);
}

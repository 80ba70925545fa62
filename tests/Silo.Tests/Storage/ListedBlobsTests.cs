using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class ListedBlobsTests
{
    [Fact]
    public void A_blob_is_known_for_as_long_as_its_stamp_is_the_same()
    {
        var listed = new ListedBlobs<long>();
        var blob = Add(listed, "a", stamp: 1);
        Assert.Equivalent(blob, listed.Find("a", 1), strict: true);
        Assert.Null(listed.Find("a", 2));
        Assert.Null(listed.Find("b", 1));
        Add(listed, "a", stamp: 2);
        Assert.Null(listed.Find("a", 1));
        Assert.NotNull(listed.Find("a", 2));
        listed.Remove("a");
        Assert.False(listed.Has("a"));
    }

    [Fact]
    public void However_many_are_added_it_takes_no_more_than_its_bound()
    {
        var listed = new ListedBlobs<long>(mostBytes: 100_000);
        var most = 0;
        for (var i = 0; i < 10_000; i++)
        {
            Add(listed, $"name-{i}", stamp: i);
            most = Math.Max(most, listed.Count);
        }

        Assert.InRange(most, 100, 500);
        Assert.True(listed.Count <= most);

        // What is replaced over and over is one.
        for (var i = 0; i < 10_000; i++) Add(listed, "same", stamp: i);
        Assert.NotNull(listed.Find("same", 9_999));
    }

    [Fact]
    public void One_without_metadata_is_not_kept()
    {
        var listed = new ListedBlobs<long>();
        var header = BlobFileHeader.Create(new Dictionary<string, string>());
        listed.Add(header.Describe("a", header.Bytes.Length), header, 1);
        Assert.False(listed.Has("a"));
    }

    private static BlobProperties Add(ListedBlobs<long> listed, string name, long stamp)
    {
        var header = BlobFileHeader.Create(new Dictionary<string, string> { ["key"] = "value" });
        var blob = header.Describe(name, header.Bytes.Length + 5);
        listed.Add(blob, header, stamp);
        return blob;
    }
}

using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Tests;

public sealed class BlobNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("layers/sha256-0f")]
    [InlineData("owner/grains/sandbox/x/state.json")]
    [InlineData("a/..b/c..")]
    public void Plain_segments_make_a_name(string name) => Assert.Equal(name, BlobName.Check(name));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("a\nb")]
    [InlineData("a\n")]
    [InlineData("a\0b")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    [InlineData("ä")]
    public void What_could_mean_another_place_is_no_name(string name) => Assert.Throws<ArgumentException>(() => BlobName.Check(name));

    [Fact]
    public void Names_and_segments_have_a_greatest_length()
    {
        Assert.True(BlobName.IsValid(new string('a', 200)));
        Assert.False(BlobName.IsValid(new string('a', 201)));
        Assert.False(BlobName.IsValid(string.Join('/', Enumerable.Repeat(new string('a', 128), 4)) + "a"));
    }
}

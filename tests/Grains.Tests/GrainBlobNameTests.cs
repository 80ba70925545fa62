using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Tests;

public sealed class GrainBlobNameTests
{
    [Theory]
    [InlineData("alice/box", "alice/grains/t/s/box")]
    [InlineData("lonely", "system/grains/t/s/lonely")]
    [InlineData("alice/", "alice/grains/t/s/=")]
    [InlineData("alice/a/b", "alice/grains/t/s/a=2fb")]
    [InlineData("alice/../bob", "alice/grains/t/s/=2e.=2fbob")]
    [InlineData("../x", "=2e./grains/t/s/x")]
    [InlineData("alice/a=2fb", "alice/grains/t/s/a=3d2fb")]
    [InlineData("alice/ü b", "alice/grains/t/s/=c3=bc=20b")]
    [InlineData("/x", "=/grains/t/s/x")]
    public void A_key_becomes_a_valid_name_of_its_own(string key, string expected) => Assert.Equal(expected, GrainBlobName.Of("t", key, "s"));

    [Fact]
    public void Long_keys_stay_apart()
    {
        var one = GrainBlobName.Of(new string('t', 300), "o/" + new string('x', 500) + "1", new string('s', 300));
        var two = GrainBlobName.Of(new string('t', 300), "o/" + new string('x', 500) + "2", new string('s', 300));
        Assert.NotEqual(one, two);
        Assert.True(BlobName.IsValid(one));
    }

    [Theory]
    [InlineData("layers/x")]
    [InlineData("templates/x")]
    [InlineData("system/x")]
    public void A_reserved_word_is_no_owner(string key) => Assert.Throws<ArgumentException>(() => GrainBlobName.Of("t", key, "s"));
}

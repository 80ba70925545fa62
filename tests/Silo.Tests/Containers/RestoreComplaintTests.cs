using Sandbox.Silo.Containers;

namespace Sandbox.Silo.Tests.Containers;

public sealed class RestoreComplaintTests
{
    private const string Prefix = "starting container: restoring container \"sb-1\": ";

    [Theory]
    [InlineData("incompatible FeatureSet: missing features: map[avx512f:{}]", "Cpu")]
    [InlineData("incompatible FeatureSet: CPU cache line size 64 incompatible with host cache line size 128", "Cpu")]
    [InlineData("error executing callbacks: superblock mismatch detected on restore, got {Magic:1}, expected {Magic:1}:\ngoroutine 5 [running]:", "Filesystem")]
    [InlineData("no server FD available for filesystem with unique ID __no_name_0:/l/0, map: map[]", "Filesystem")]
    [InlineData("no such file or directory", "Filesystem")]
    [InlineData("error decoding from 0x181: hash mismatch:\ngoroutine 10 [running]:", "Image")]
    [InlineData("EOF", "Image")]
    [InlineData("opening state file \"/x/checkpoint.img\" failed: open /x/checkpoint.img: no such file or directory", "Image")]
    [InlineData("the moon is wrong", "Runsc")]
    public void The_words_of_runsc_say_what_does_not_fit(string words, string failure) =>
        Assert.Equal(Enum.Parse<RestoreFailure>(failure), RestoreComplaint.Read(Prefix + words));

    [Fact]
    public void Stack_traces_are_left_out_of_messages()
    {
        Assert.Equal("hash mismatch:", RestoreComplaint.Shorten("hash mismatch:\ngoroutine 10 [running]:\n main.main()"));
        Assert.Equal("goroutine 1", RestoreComplaint.Shorten("goroutine 1"));
    }
}

using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Identity;

public sealed class IdentityTests(UsualHost host)
{
    private const int Deadline = 30_000;

    [Theory(Timeout = Deadline)]
    [InlineData("a")]
    [InlineData("owner/sandbox-1")]
    [InlineData("with space + plus % percent")]
    [InlineData("ключ/鍵/🗝")]
    public async Task A_grain_knows_its_key(string key)
    {
        var grain = host.Grains.GetGrain<IIdentityGrain>(key);

        Assert.Equal(key, await grain.MyKey());
        Assert.Equal(key, grain.GetPrimaryKeyString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Ids_are_the_same_on_both_engines_so_that_stored_state_is_found_again()
    {
        Assert.Equal("identity/x/y", await host.Grains.GetGrain<IIdentityGrain>("x/y").MyId());
        Assert.Equal("a-name/x", await host.Grains.GetGrain<INamedGrain>("x").MyId());
    }

    [Fact(Timeout = Deadline)]
    public async Task References_travel_and_are_equal_when_they_name_the_same_grain()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IIdentityGrain>(key);

        var returned = await grain.Myself();

        Assert.Equal(grain, returned);
        Assert.Equal(grain.GetHashCode(), returned.GetHashCode());
        Assert.NotEqual(grain, host.Grains.GetGrain<IIdentityGrain>(key + "x"));
        Assert.Equal(key, await returned.MyKey());
        Assert.Equal("other", await grain.KeyOf(host.Grains.GetGrain<IIdentityGrain>("other")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reference_can_be_got_by_id()
    {
        var grain = host.Grains.GetGrain<IIdentityGrain>(GrainId.Create("identity", "by-id"));

        Assert.Equal("by-id", await grain.MyKey());
        Assert.Equal(GrainId.Parse("identity/by-id"), grain.GetGrainId());
    }

    [Fact]
    public void An_interface_that_no_class_implements_is_refused() =>
        Assert.Throws<ArgumentException>(() => host.Grains.GetGrain<INobodysGrain>("x"));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public void A_grain_needs_a_key(string? key) =>
        Assert.ThrowsAny<ArgumentException>(() => host.Grains.GetGrain<IIdentityGrain>(key!));
}

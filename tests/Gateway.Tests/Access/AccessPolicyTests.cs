using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;

namespace Sandbox.Gateway.Tests.Access;

public sealed class AccessPolicyTests
{
    private readonly AccessPolicy _default = new(Options.Create(new GatewayOptions()), Options.Create(new AccessOptions()));

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:8080")]
    [InlineData("LOCALHOST:1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:65535")]
    [InlineData("[::1]")]
    [InlineData("[::1]:8080")]
    public void The_names_of_the_loopback_are_answered(string host) => Assert.Null(Decide(host).Refusal);

    [Theory]
    [InlineData("")]
    [InlineData("evil.example.com")]
    [InlineData("localhost.evil.example.com")]
    [InlineData("evil.example.com:8080")]
    [InlineData("localhost.")]
    [InlineData("127.0.0.1.nip.io")]
    [InlineData("127.0.0.2")]
    [InlineData("2130706433")]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    [InlineData("localhost@evil.example.com")]
    [InlineData("localhost, evil.example.com")]
    public void Every_other_name_is_refused(string host) => Assert.Equal("host_not_allowed", Decide(host).Refusal?.Code);

    [Theory]
    [InlineData("name.example.com", "name.example.com:99", true)]
    [InlineData("name.example.com:99", "name.example.com:99", true)]
    [InlineData("name.example.com:99", "name.example.com:98", false)]
    [InlineData("name.example.com:99", "name.example.com", false)]
    [InlineData("10.0.0.7", "10.0.0.7:8080", true)]
    public void A_name_may_be_allowed_for_every_port_or_for_one(string allowed, string host, bool taken)
    {
        var policy = new AccessPolicy(Options.Create(new GatewayOptions { AllowedHosts = [allowed] }), Options.Create(new AccessOptions()));
        Assert.Equal(taken, policy.Decide("http", new HostString(host), [], null).Refusal is null);
    }

    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("HTTP://LOCALHOST:8080")]
    public void Its_own_pages_may_call_it(string origin) => Assert.Null(Decide("localhost:8080", origin).Refusal);

    [Theory]
    [InlineData("http://localhost:3000")]
    [InlineData("https://localhost:8080")]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://evil.example.com")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("http://localhost:8080/")]
    [InlineData("http://localhost:8080, http://evil.example.com")]
    [InlineData("http://localhost:8080@evil.example.com")]
    [InlineData("chrome-extension://abc")]
    [InlineData("file://")]
    public void Pages_of_other_origins_may_not(string origin) => Assert.Equal("origin_not_allowed", Decide("localhost:8080", origin).Refusal?.Code);

    [Fact]
    public void Two_origins_are_none() =>
        Assert.Equal("origin_not_allowed", _default.Decide("http", new HostString("localhost"), ["http://localhost", "http://localhost"], null).Refusal?.Code);

    [Theory]
    [InlineData(null, true)]
    [InlineData("none", true)]
    [InlineData("same-origin", true)]
    [InlineData("same-site", false)]
    [InlineData("cross-site", false)]
    [InlineData("", false)]
    [InlineData("same-origin,cross-site", false)]
    public void A_request_that_another_site_caused_is_refused_even_without_an_origin(string? site, bool taken) =>
        Assert.Equal(taken ? null : "cross_site", Decide("localhost", site: site).Refusal?.Code);

    [Theory]
    [InlineData("https://console.example.com", true)]
    [InlineData("https://console.example.com:443", true)]
    [InlineData("http://console.example.com", false)]
    [InlineData("https://console.example.com:8443", false)]
    [InlineData("https://other.example.com", false)]
    public void A_page_on_the_list_may_call_from_another_site(string origin, bool taken)
    {
        var policy = new AccessPolicy(Options.Create(new GatewayOptions { AllowedOrigins = ["https://console.example.com"] }), Options.Create(new AccessOptions()));
        var decision = policy.Decide("http", new HostString("localhost"), [origin], "cross-site");
        Assert.Equal((taken, taken), (decision.Refusal is null, decision.CrossOrigin));
    }

    private AccessDecision Decide(string host, string? origin = null, string? site = null) =>
        _default.Decide("http", new HostString(host), origin is null ? [] : [origin], site);
}

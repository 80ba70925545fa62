using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Access.Google;
using Sandbox.Gateway.Access.Keys;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;

namespace Sandbox.Gateway.Tests.Access;

/// <summary>Keys, tokens and the other ways in.</summary>
public sealed class SecretTests
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_sandboxes_token_opens_it_without_a_key_and_nothing_else()
    {
        await using var server = await Owners.StartAsync();
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey);
        var token = (await ann.CallAsync("CreateSandbox", new { id = "mine" })).GetProperty("token").GetString()!;
        await ann.CallAsync("CreateSandbox", new { id = "another" });
        Assert.False((await ann.CallAsync("CreateSandbox", new { id = "mine" })).TryGetProperty("token", out _));

        await using var nobody = await HubClient.ConnectAsync(server);
        await nobody.CallAsync("AttachSandbox", new { id = "mine", token });
        await nobody.CallAsync("StartProcess", new { sandboxId = "mine", token, processId = "p", argv = new[] { "cat" } });
        await nobody.FailAsync("unauthorized", "AttachSandbox", new { id = "another", token });
        await nobody.FailAsync("unauthorized", "AttachSandbox", new { id = "missing", token });
        await nobody.FailAsync("unauthorized", "AttachSandbox", new { id = "mine", token = "ben" + token[3..] });
        await nobody.FailAsync("unauthorized", "AttachSandbox", new { id = "mine", token = token[..^1] });
        await nobody.FailAsync("unauthorized", "ListSandboxes", new { });
        await nobody.FailAsync("unauthorized", "CreateSandbox", new { id = "new", token });

        // A token that is given counts, also beside a key.
        await ann.FailAsync("unauthorized", "AttachSandbox", new { id = "mine", token = "ann.x" });
        await using var ben = await HubClient.ConnectAsync(server, Owners.BenKey);
        await ben.CallAsync("DescribeSandbox", new { id = "mine", token });

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes/mine/stats").With(token: token);
        using var response = await server.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact(Timeout = Deadline)]
    public async Task No_key_and_no_token_is_ever_logged()
    {
        await using var server = await Owners.StartAsync();
        var wrong = ApiKey.Create();
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey);
        var token = (await ann.CallAsync("CreateSandbox", new { id = "mine" })).GetProperty("token").GetString()!;
        await ann.FailAsync("unauthorized", "AttachSandbox", new { id = "mine", token = token + "x" });
        await using (await HubClient.ConnectAsync(server, query: $"?access_token={Owners.BenKey}"))
        {
            // The way that browsers have.
        }

        foreach (var secret in new[] { Owners.AnnKey, wrong })
        {
            foreach (var path in new[] { "/hub", "/hub/negotiate", "/v1/sandboxes", "/execute", "/status", "/nothing" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"{path}?access_token={secret}").With(secret, token);
                (await server.Http.SendAsync(request, Cancel)).Dispose();
            }
        }

        Assert.Contains("Refused a request", server.Log.Text);
        foreach (var secret in new[] { Owners.AnnKey, Owners.BenKey, wrong, token, token[4..] }) Assert.DoesNotContain(secret, server.Log.Text);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer sbx_wrong")]
    [InlineData("sbx_wrong")]
    public async Task A_header_that_opens_nothing_is_refused_everywhere(string header)
    {
        await using var server = await Owners.StartAsync();
        foreach (var path in new[] { "/v1/sandboxes", "/hub", "/status" })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", header);
            await server.Http.ProblemAsync(request, HttpStatusCode.Unauthorized, "unauthorized");
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_key_in_the_query_counts_on_the_hubs_path_alone()
    {
        await using var server = await Owners.StartAsync();
        await server.Http.ProblemAsync(
            new(HttpMethod.Get, $"/v1/sandboxes?access_token={Owners.AnnKey}"), HttpStatusCode.Unauthorized, "unauthorized");
        await using var ann = await HubClient.ConnectAsync(server, query: $"?access_token={Owners.AnnKey}");
        Assert.Empty((await ann.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray());
    }

    [Fact(Timeout = Deadline)]
    public async Task With_keys_any_name_of_the_server_is_answered_unless_some_are_listed()
    {
        await using var server = await Owners.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes").With(Owners.AnnKey);
        request.Headers.Host = "sandbox.example.com";
        Assert.Equal("""{"sandboxes":[]}""", await server.Http.TextAsync(request));

        await using var strict = await Owners.StartAsync(("Gateway:AllowedHosts:0", "sandbox.example.com"));
        var other = new HttpRequestMessage(HttpMethod.Get, "/status");
        other.Headers.Host = "evil.example.com";
        await strict.Http.ProblemAsync(other, HttpStatusCode.Forbidden, "host_not_allowed");
        var page = new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes").With(Owners.AnnKey);
        page.Headers.Add("Origin", "https://evil.example.com");
        await server.Http.ProblemAsync(page, HttpStatusCode.Forbidden, "origin_not_allowed");
    }

    [Fact(Timeout = Deadline)]
    public async Task Google_accounts_on_the_list_come_in_by_genuine_tokens_alone()
    {
        await using var server = await GatewayServer.StartAsync(
            services => services.AddSingleton<IIdentityTokenValidator, ScriptedValidator>(),
            ("Access:Google:Audience", "me"), ("Access:Google:Accounts:0:Account", "Ann@example.com"), ("Access:Google:Accounts:0:Owner", "ann"));
        await using var ann = await HubClient.ConnectAsync(server, "for-me.ann.x");
        await ann.CallAsync("CreateSandbox", new { id = "mine" });
        Assert.NotNull(server.Host.Live("ann/mine"));
        foreach (var token in new[] { "for-me.eve.x", "for-you.ann.x", "for-me.ann", "for-me.ann.x.y" })
        {
            await server.Http.ProblemAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes").With(token), HttpStatusCode.Unauthorized, "unauthorized");
        }
    }

    [Theory(Timeout = Deadline)]
    [InlineData("127.0.0.0/8", "ann", HttpStatusCode.OK)]
    [InlineData("127.0.0.0/8", "nobody", HttpStatusCode.Unauthorized)]
    [InlineData("127.0.0.0/8", null, HttpStatusCode.Unauthorized)]
    [InlineData("10.0.0.0/8", "ann", HttpStatusCode.Unauthorized)]
    public async Task A_proxys_word_counts_from_its_addresses_and_is_warned_of(string network, string? account, HttpStatusCode status)
    {
        await using var server = await GatewayServer.StartAsync(
            ("Access:TrustedProxy:Header", "X-Account"), ("Access:TrustedProxy:Proxies:0", network),
            ("Access:TrustedProxy:Accounts:0:Account", "ann"), ("Access:TrustedProxy:Accounts:0:Owner", "ann"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes");
        if (account is not null) request.Headers.Add("X-Account", account);
        using var response = await server.Http.SendAsync(request, Cancel);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains($"Whoever connects from {network} is believed", server.Log.Text);

        var rebound = new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes");
        rebound.Headers.Host = "evil.example.com";
        rebound.Headers.Add("X-Account", "ann");
        await server.Http.ProblemAsync(rebound, HttpStatusCode.Forbidden, "host_not_allowed");
    }

    [Theory]
    [InlineData("Keys:0:Name", "", "Access:Keys:0:Name is missing.")]
    [InlineData("Keys:0:Owner", "layers", "Access:Keys:0:Owner is 'layers'.")]
    [InlineData("Keys:0:Owner", "templates", "Access:Keys:0:Owner is 'templates'.")]
    [InlineData("Keys:0:Owner", "system", "Access:Keys:0:Owner is 'system'.")]
    [InlineData("Keys:0:Owner", "Ann", "Access:Keys:0:Owner is 'Ann'.")]
    [InlineData("Keys:0:Owner", "a/b", "Access:Keys:0:Owner is 'a/b'.")]
    [InlineData("Keys:0:Sha256", "sbx_key", "Access:Keys:0:Sha256 must be the 64 hexadecimal digits")]
    [InlineData("Google:Audience", "", "Access:Google:Audience is missing")]
    [InlineData("Google:Audience", "x", "Access:Google:Accounts is empty.")]
    [InlineData("Google:Accounts:0:Owner", "system", "Access:Google:Accounts:0:Owner is 'system'.")]
    [InlineData("TrustedProxy:Header", "a b", "Access:TrustedProxy:Header must be")]
    [InlineData("TrustedProxy:Header", "X", "Access:TrustedProxy:Proxies is empty.")]
    [InlineData("TrustedProxy:Proxies:0", "proxy.example.com", "Access:TrustedProxy:Proxies holds 'proxy.example.com'.")]
    public void A_setting_that_cannot_be_is_named(string key, string value, string message)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Access:" + key, (string?)value)]).Build();
        var result = new AccessOptionsValidator().Validate(null, AccessOptions.Read(configuration));
        Assert.Contains(result.Failures!, failure => failure.StartsWith(message, StringComparison.Ordinal));
        Assert.DoesNotContain(result.Failures!, failure => failure.Contains("sbx_", StringComparison.Ordinal));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_with_a_reserved_owner_does_not_start()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayServer.StartAsync(
            ("Access:Keys:0:Name", "n"), ("Access:Keys:0:Owner", "system"), ("Access:Keys:0:Sha256", new string('0', 64))));
        Assert.Contains("Access:Keys:0:Owner is 'system'", failure.Message);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("Keys:0:Name", false)]
    [InlineData("Google:Audience", false)]
    [InlineData("TrustedProxy:Header", false)]
    public void Without_a_way_in_the_loopback_is_all_that_may_be_listened_on(string? key, bool loopback)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(key is null ? [] : [KeyValuePair.Create("Access:" + key, (string?)"x")]).Build();
        Assert.Equal(loopback, AccessOptions.Read(configuration).RequiresLoopback);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_key_that_the_command_makes_opens_a_server_that_has_its_hash()
    {
        using var output = new StringWriter();
        Assert.Equal(0, KeyCommand.Run(["new", "ann", "--name", "it's mine"], output, TextWriter.Null));
        var lines = output.ToString().Split('\n');
        var key = lines[0]["key:".Length..].Trim();
        var hash = lines[1]["sha256:".Length..].Trim();
        Assert.Contains(@"'it'\''s mine'", output.ToString());
        await using var server = await GatewayServer.StartAsync(
            ("Access:Keys:0:Name", "n"), ("Access:Keys:0:Owner", "ann"), ("Access:Keys:0:Sha256", hash));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sandboxes").With(key);
        await server.Http.TextAsync(request);
    }

    [Theory]
    [InlineData]
    [InlineData("new")]
    [InlineData("new", "system")]
    [InlineData("new", "Ann")]
    [InlineData("new", "ann", "--name")]
    [InlineData("list")]
    public void What_the_command_cannot_do_it_says(params string[] args)
    {
        using var errors = new StringWriter();
        Assert.Equal(2, KeyCommand.Run(args, TextWriter.Null, errors));
        Assert.NotEmpty(errors.ToString());
    }

    [Fact]
    public void How_the_command_is_called_is_no_error()
    {
        using var output = new StringWriter();
        Assert.Equal(0, KeyCommand.Run(["--help"], output, TextWriter.Null));
        Assert.Contains(KeyCommand.Usage, output.ToString(), StringComparison.Ordinal);
    }

    private sealed class ScriptedValidator : IIdentityTokenValidator
    {
        public Task<string?> ValidateAsync(string token, string audience) => Task.FromResult(
            token.Split('.') is [var first, var account, _] && first == $"for-{audience}" ? $"{account}@example.com" : null);
    }
}

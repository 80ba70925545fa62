using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sandboxes.Google;
using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

public sealed class GoogleTests : ClientTest
{
    [Fact(Timeout = 60_000)]
    public async Task A_service_accounts_id_token_for_the_servers_origin_opens_the_connection()
    {
        var assertions = new ConcurrentQueue<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var google = builder.Build();
        var idToken = Token(new { aud = "x", exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds(), iat = DateTimeOffset.UtcNow.ToUnixTimeSeconds() });
        google.MapPost("/token", async (HttpRequest request) =>
        {
            assertions.Enqueue((await request.ReadFormAsync())["assertion"].ToString());
            return Results.Json(new { id_token = idToken });
        });
        await google.StartAsync(Cancel);
        using var key = RSA.Create(2048);
        var credential = CredentialFactory.FromJson<ServiceAccountCredential>(JsonSerializer.Serialize(new
        {
            type = "service_account",
            client_email = "robot@example.com",
            private_key = key.ExportPkcs8PrivateKeyPem(),
            token_uri = google.Urls.First() + "/token",
        })).ToGoogleCredential();

        World.Key = idToken;
        var options = new SandboxClientOptions { ConnectTimeout = TimeSpan.Zero }.UseGoogleAuth(Server.Address, credential: credential);
        await using var sandbox = await Sandbox.AttachAsync(Server.Address, Box.Id, connection: options, cancellationToken: Cancel);
        World.Order("DescribeSandbox", new Fault(After: true)); // and once more after a loss
        Assert.Equal(Box.Id, (await sandbox.DescribeAsync(Cancel)).Id);

        // One token for both connections, and asked for by the origin.
        var claims = Encoding.UTF8.GetString(Base64Url(Assert.Single(assertions).Split('.')[1]));
        Assert.Equal(Server.Address.GetLeftPart(UriPartial.Authority), JsonDocument.Parse(claims).RootElement.GetProperty("target_audience").GetString());
    }

    private static string Token(object claims) =>
        $"{Text(Encoding.UTF8.GetBytes("""{"alg":"none"}"""))}.{Text(JsonSerializer.SerializeToUtf8Bytes(claims))}.{Text([1, 2, 3])}";

    private static string Text(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Base64Url(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}

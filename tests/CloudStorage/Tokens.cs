using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sandbox.CloudStorage;

/// <summary>Who may come in: accounts with key files, whose signatures are verified, and the machine by its metadata server.</summary>
public sealed class Tokens
{
    private const string Account = "server@tests.iam.gserviceaccount.com";
    private readonly ConcurrentDictionary<string, bool> _issued = new(StringComparer.Ordinal);
    private readonly RSA _key = RSA.Create(2048);

    /// <summary>How many tokens the metadata server gave out.</summary>
    public int FromMetadataServer { get; private set; }

    /// <summary>Writes the key file of a service account.</summary>
    public void WriteKeyFile(string path, Uri server) => File.WriteAllText(path, JsonSerializer.Serialize(new
    {
        type = "service_account",
        project_id = "tests",
        private_key_id = "1",
        private_key = _key.ExportPkcs8PrivateKeyPem(),
        client_email = Account,
        client_id = "1",
        token_uri = new Uri(server, "/token"),
    }));

    internal async Task<Answer?> AnswerAsync(HttpContext context, string[] segments, Uri server)
    {
        switch (segments)
        {
            case ["token"]:
                var form = await context.Request.ReadFormAsync();
                return IsSigned(form["assertion"].ToString()) ? Issue() : Answer.Of(new { error = "invalid_grant" }, 400);

            // The library looks whether there is one, and asks it.
            case [""] or ["computeMetadata", ..] when context.Request.Headers["Metadata-Flavor"] != "Google":
                return Answer.Of(new { error = "Metadata-Flavor is missing" }, 403);
            case [""]:
                return Flavoured(Answer.Of(new { }));
            case ["computeMetadata", "v1", "instance", "service-accounts", "default", "token"]:
                FromMetadataServer++;
                return Flavoured(Issue());
            default:
                return null;
        }
    }

    internal bool IsGood(string? authorization) =>
        authorization?.StartsWith("Bearer ", StringComparison.Ordinal) is true
        && authorization["Bearer ".Length..] is var token && (_issued.ContainsKey(token) || IsSigned(token));

    private static Answer Flavoured(Answer answer)
    {
        answer.Headers["Metadata-Flavor"] = "Google";
        return answer;
    }

    private Answer Issue()
    {
        var token = RandomNumberGenerator.GetHexString(32);
        _issued[token] = true;
        return Answer.Of(new { access_token = token, expires_in = 3600, token_type = "Bearer" });
    }

    private bool IsSigned(string token)
    {
        if (token.Split('.') is not [var head, var claims, var signature]) return false;
        var said = JsonDocument.Parse(Base64Url.DecodeFromChars(claims)).RootElement;
        return _key.VerifyData(Encoding.ASCII.GetBytes($"{head}.{claims}"), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && said.GetProperty("iss").GetString() == Account
            && said.GetProperty("scope").GetString()!.Contains("devstorage.read_write", StringComparison.Ordinal)
            && said.GetProperty("exp").GetInt64() > TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
    }
}

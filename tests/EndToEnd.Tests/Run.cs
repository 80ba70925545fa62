using System.Text;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests;

/// <summary>A one-off as its client saw it, through <c>application/x-ndjson</c>.</summary>
internal sealed record Run(byte[] StdoutBytes, byte[] StderrBytes, string Reason, int? Code, int? Signal, JsonElement Exit)
{
    public string Stdout => Encoding.UTF8.GetString(StdoutBytes);

    public string Stderr => Encoding.UTF8.GetString(StderrBytes);

    public static Task<Run> PythonAsync(HttpClient http, string code, string query = "") => ExecuteAsync(http, "python", code, query);

    public static Task<Run> BashAsync(HttpClient http, string code, string query = "") => ExecuteAsync(http, "bash", code, query);

    public static HttpRequestMessage Request(string language, string code, string accept, string query = "") =>
        new(HttpMethod.Post, $"/execute?language={language}{query}")
        {
            Content = new StringContent(code, Encoding.UTF8, "text/plain"),
            Headers = { { "Accept", accept } },
        };

    private static async Task<Run> ExecuteAsync(HttpClient http, string language, string code, string query)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var request = Request(language, code, "application/x-ndjson", query);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancel)}");

        using var stdout = new MemoryStream();
        using var stderr = new MemoryStream();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (line.Length == 0) continue;
            var happened = JsonDocument.Parse(line).RootElement;
            switch (happened.GetProperty("type").GetString())
            {
                case "stdout": stdout.Write(Bytes(happened)); break;
                case "stderr": stderr.Write(Bytes(happened)); break;
                case "exit":
                    return new Run(
                        stdout.ToArray(), stderr.ToArray(), happened.GetProperty("reason").GetString()!,
                        Number(happened, "code"), Number(happened, "signal"), happened);
            }
        }

        throw new InvalidDataException("The stream ended without an exit event.");
    }

    private static byte[] Bytes(JsonElement happened) =>
        happened.TryGetProperty("base64", out var base64) ? base64.GetBytesFromBase64() : Encoding.UTF8.GetBytes(happened.GetProperty("text").GetString()!);

    private static int? Number(JsonElement happened, string name) =>
        happened.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}

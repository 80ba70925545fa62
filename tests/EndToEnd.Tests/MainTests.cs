using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests;

/// <summary><c>POST /execute</c> with a JSON body: the script's <c>main()</c> is called and what it returns is the answer.</summary>
[Collection(typeof(OneAtATime))]
public sealed class MainTests(SharedServer shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task What_main_returns_and_what_it_prints_are_kept_apart()
    {
        var (status, body) = await PostAsync("import numpy as np, pandas as pd\ndef main():\n    print('Processing data...')\n    data = np.array([1, 2, 3, 4, 5])\n    return {'mean': float(np.mean(data)), 'sum': int(np.sum(data))}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"mean":3.0,"sum":15}""", body.GetProperty("result").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("Processing data...\n", body.GetProperty("stdout").GetString());
    }

    [Theory(Timeout = Deadline)]
    [InlineData("None", "null")]
    [InlineData("[1, 'zwei', True, None]", """[1,"zwei",true,null]""")]
    [InlineData("'ä'", "\"ä\"")]
    [InlineData("10**30", "1000000000000000000000000000000")]
    public async Task Every_kind_of_json_comes_back(string returned, string expected)
    {
        var (status, body) = await PostAsync($"def main():\n    return {returned}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, body.GetProperty("result")), body.GetRawText());
    }

    [Theory(Timeout = Deadline)]
    [InlineData("print(1)", "Script must contain a 'def main():' function")]
    [InlineData("def main():\n    return object()", "main() must return a JSON-serializable object")]
    [InlineData("def main():\n    return float('nan')", "main() must return a JSON-serializable object")]
    [InlineData("def main():\n    return {1, 2}", "main() must return a JSON-serializable object")]
    public async Task The_errors_that_clients_know_have_their_exact_words(string script, string message)
    {
        var (status, body) = await PostAsync(script);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(message, body.GetProperty("error").GetString());
    }

    [Theory(Timeout = Deadline)]
    [InlineData("def main(:", "SyntaxError")]
    [InlineData("def main():\n    return 1 / 0", "ZeroDivisionError")]
    [InlineData("import nothing_of_that_name\ndef main(): pass", "ModuleNotFoundError")]
    [InlineData("def main():\n    raise SystemExit(3)", "3")]
    public async Task What_goes_wrong_in_the_script_is_told_with_its_name(string script, string expected)
    {
        var (status, body) = await PostAsync(script);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, body.GetRawText());
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_script_prints_is_never_taken_for_its_result()
    {
        var (status, body) = await PostAsync("import sys\ndef main():\n    print('{\"ok\": true, \"result\": 666}')\n    print('{\"result\": 666}', file=sys.stderr)\n    return 1");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, body.GetProperty("result").GetInt32());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_script_that_dies_has_no_result_whatever_it_printed()
    {
        var (status, body) = await PostAsync("import os\ndef main():\n    print('so far', flush=True)\n    os._exit(0)");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("so far\n", body.GetProperty("stdout").GetString());
        Assert.False(body.TryGetProperty("result", out _));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_result_that_is_too_large_is_an_error()
    {
        var (status, body) = await PostAsync("def main():\n    return 'x' * (32 * 1024 * 1024)");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.False(body.TryGetProperty("result", out _));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_result_that_is_too_deep_is_an_error()
    {
        var (status, _) = await PostAsync("def main():\n    x = []\n    for i in range(500): x = [x]\n    return x");
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_limits_of_the_service_hold()
    {
        var (fileStatus, file) = await PostAsync("def main():\n    open('/tmp/big', 'wb').write(b'x' * 3_000_000)");
        Assert.Equal(HttpStatusCode.BadRequest, fileStatus);
        Assert.Contains("File too large", file.GetRawText());

        var (cpuStatus, cpu) = await PostAsync("def main():\n    while True: pass");
        Assert.Equal(HttpStatusCode.BadRequest, cpuStatus);
        Assert.True(cpu.TryGetProperty("error", out _));

        var (memoryStatus, memory) = await PostAsync("def main():\n    return len(bytearray(900_000_000))");
        Assert.Equal(HttpStatusCode.BadRequest, memoryStatus);
        Assert.Contains("memory", memory.GetProperty("error").GetString()!, StringComparison.OrdinalIgnoreCase);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_directory_where_the_user_may_not_write_stays_as_it_is()
    {
        var (status, body) = await PostAsync("def main():\n    import os\n    os.mkdir('/should_fail')\n    return {'status': 'created'}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("PermissionError", body.GetRawText());
    }

    [Fact(Timeout = Deadline)]
    public async Task Arguments_input_and_environment_reach_the_script()
    {
        using var response = await shared.Http.PostAsJsonAsync("/execute", new
        {
            script = "import os, sys\ndef main():\n    return [sys.argv[1:], sys.stdin.read(), os.environ['COLOUR']]",
            args = new[] { "a b", "$(c)" },
            stdin = "typed",
            env = new Dictionary<string, string> { ["COLOUR"] = "blue" },
        }, Cancel);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal("""[["a b","$(c)"],"typed","blue"]""", JsonSerializer.Serialize(body.GetProperty("result")));
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string script)
    {
        using var response = await shared.Http.PostAsJsonAsync("/execute", new { script }, Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}

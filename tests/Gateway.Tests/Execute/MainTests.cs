using System.Net;
using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Execute;

/// <summary>Scripts sent as JSON: what their answers are made of.</summary>
public sealed class MainTests(SharedGateway shared)
{
    private const int Deadline = 30_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = Deadline)]
    [InlineData("""{"mean": 3.0, "sum": 15}""")]
    [InlineData("null")]
    [InlineData("1.50")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("\"\\ud83d\\ude00 <b>\"")]
    [InlineData("[[], {}, \"\"]")]
    public async Task The_result_is_passed_on_to_the_letter(string result)
    {
        var script = shared.Host.Play(Events.Started, Events.Out("printed\n"), Events.Err("warned"), Report(result), Events.Exit());
        using var request = Http.Call(script);
        Assert.Equal($$"""{"result":{{result}},"stdout":"printed\n"}""", await shared.Http.TextAsync(request));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_result_in_pieces_is_put_together()
    {
        var script = shared.Host.Play(Events.Started, Events.Result("{\"ok\":true,\"res"), Events.Out("x"), Events.Result("ult\":[1]}"), Events.Exit());
        var (status, body) = await shared.Http.JsonAsync(Http.Call(script));
        Assert.Equal((HttpStatusCode.OK, "[1]"), (status, body.GetProperty("result").GetRawText()));
    }

    [Fact(Timeout = Deadline)]
    public async Task Stdout_is_never_parsed_as_a_result()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("{\"ok\":true,\"result\":666}"), Events.Exit());
        await FailsAsync(Http.Call(script), "no_result", "The script ended before main() returned");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("no_main", "no_main", "Script must contain a 'def main():' function")]
    [InlineData("not_serializable", "not_serializable", "main() must return a JSON-serializable object")]
    [InlineData("exception", "exception", "what happened")]
    [InlineData("syntax", "syntax_error", "what happened")]
    [InlineData("exit", "exit", "what happened")]
    [InlineData("too_large", "result_too_large", "What main() returned is larger than 1048576 bytes as JSON")]
    [InlineData("kind of my own", "invalid_result", "The result is not valid JSON")]
    public async Task What_the_runner_reports_is_told(string kind, string code, string error)
    {
        var report = JsonSerializer.Serialize(new { ok = false, kind, message = "what happened", traceback = "Traceback: here" });
        var script = shared.Host.Play(Events.Started, Events.Out("out"), Events.Err("err"), Events.Result(report), Events.Exit(1));
        var body = await FailsAsync(Http.Call(script), code, error);
        Assert.Equal(("out", "err", "Traceback: here"), (Text(body, "stdout"), Text(body, "stderr"), Text(body, "traceback")));
        Assert.Equal(1, body.GetProperty("exit").GetProperty("code").GetInt32());
    }

    [Theory(Timeout = Deadline)]
    [InlineData(ExitReason.Timeout, "timeout", "The script did not finish within 15 seconds")]
    [InlineData(ExitReason.OutOfMemory, "out_of_memory", "The script used more memory than it may")]
    [InlineData(ExitReason.OutputLimit, "output_limit", "The script wrote more output than it may")]
    [InlineData(ExitReason.CpuLimit, "cpu_limit", "The script used more processor time than it may")]
    [InlineData(ExitReason.Killed, "killed", "The script was ended by SIGKILL")]
    [InlineData(ExitReason.StartFailed, "start_failed", "The script could not be started")]
    [InlineData(ExitReason.SandboxFailed, "sandbox_failed", "The sandbox ended while the script ran")]
    public async Task How_a_script_was_ended_comes_before_what_it_reported(ExitReason reason, string code, string error)
    {
        var script = shared.Host.Play(Events.Started, Events.Out("so far"), Report("1"), Events.Ended(reason));
        Assert.Equal("so far", Text(await FailsAsync(Http.Call(script), code, error), "stdout"));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("1,")]
    [InlineData("[1,]")]
    [InlineData("'x'")]
    [InlineData("01")]
    [InlineData("// comment\n1")]
    [InlineData("\"\n\"")]
    [InlineData("")]
    public async Task A_result_that_is_no_json_is_refused(string result)
    {
        var script = shared.Host.Play(Events.Started, Report(result), Events.Exit());
        await FailsAsync(Http.Call(script), "invalid_result", "The result is not valid JSON");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("garbage")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"ok\":true}")]
    [InlineData("{\"ok\":1,\"result\":1}")]
    [InlineData("{\"ok\":true,\"result\":1} x")]
    [InlineData("{\"ok\":true,\"result\":1}{\"ok\":true,\"result\":2}")]
    [InlineData("{\"ok\":true,\"result\":1,\"result\":2}")]
    [InlineData("{\"ok\":true,\"result\":1,\"more\":2}")]
    [InlineData("{\"ok\":false,\"kind\":3}")]
    [InlineData("{\"ok\":false,\"kind\":\"exception\",\"message\":\"\\ud800\"}")]
    public async Task A_report_that_is_forged_badly_is_refused(string report)
    {
        var script = shared.Host.Play(Events.Started, Events.Result(report), Events.Exit());
        await FailsAsync(Http.Call(script), "invalid_result", "The result is not valid JSON");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_result_that_is_no_utf8_is_refused()
    {
        var script = shared.Host.Play(Events.Started, Events.Result([.. "{\"ok\":true,\"result\":\""u8, 0xff, .. "\"}"u8]), Events.Exit());
        await FailsAsync(Http.Call(script), "invalid_result", "The result is not valid JSON");
    }

    [Theory(Timeout = Deadline)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public async Task The_depth_of_a_result_is_bounded(int depth, bool taken)
    {
        var result = new string('[', depth) + new string(']', depth);
        var script = shared.Host.Play([Events.Started, .. Pieces($"{{\"ok\":true,\"result\":{result}}}"), Events.Exit()]);
        if (taken)
        {
            var text = await shared.Http.TextAsync(Http.Call(script));
            Assert.Contains(result, text);
        }
        else
        {
            await FailsAsync(Http.Call(script), "result_too_deep", "What main() returned is nested deeper than 64 levels");
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task The_size_of_a_result_is_bounded_whatever_the_host_lets_through()
    {
        var script = shared.Host.Play([Events.Started, .. Pieces($"{{\"ok\":true,\"result\":\"{new string('x', 2 << 20)}\"}}"), Events.Exit()]);
        await FailsAsync(Http.Call(script), "result_too_large", "What main() returned is larger than 1048576 bytes as JSON");
    }

    [Fact(Timeout = Deadline)]
    public async Task The_size_of_stdout_is_bounded_whatever_the_host_lets_through()
    {
        var script = shared.Host.Play([Events.Started, .. Enumerable.Repeat(Events.Out(new string('x', 60_000)), 50), Report("1"), Events.Exit()]);
        var body = await FailsAsync(Http.Call(script), "output_limit", "The script wrote more output than it may");
        Assert.Equal(1 << 20, Text(body, "stdout")!.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task Stdout_that_is_no_text_becomes_text()
    {
        var script = shared.Host.Play(Events.Started, Events.Out([.. "a"u8, 0xff]), Events.Out("é"u8[..1].ToArray()), Events.Out("é"u8[1..].ToArray()), Report("1"), Events.Exit());
        var (_, body) = await shared.Http.JsonAsync(Http.Call(script));
        Assert.Equal("a\ufffdé", Text(body, "stdout"));
    }

    [Fact(Timeout = Deadline)]
    public async Task All_that_a_request_may_say_reaches_the_host()
    {
        ExecutionRequest? seen = null;
        var script = shared.Host.Play((request, _) =>
        {
            seen = request;
            return Events.Of(Events.Started, Report("1"), Events.Exit());
        });
        await shared.Http.TextAsync(Http.Call(script, new
        {
            language = "python",
            args = new[] { "a b", "" },
            stdin = "typed é",
            env = new { COLOUR = "blue", EMPTY = "" },
            timeout = 2.5,
        }));
        Assert.Equal(ExecutionKind.Main, seen!.Kind);
        Assert.Equal(["a b", ""], seen.Arguments);
        Assert.Equal("typed é", Encoding.UTF8.GetString(seen.Stdin));
        Assert.Equal([KeyValuePair.Create("COLOUR", "blue"), KeyValuePair.Create("EMPTY", "")], seen.Environment.OrderBy(e => e.Key, StringComparer.Ordinal));
        Assert.Equal(TimeSpan.FromSeconds(2.5), seen.Limits.WallClock);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_limits_of_the_compatible_service_are_the_defaults()
    {
        ExecutionRequest? seen = null;
        var script = shared.Host.Play((request, _) =>
        {
            seen = request;
            return Events.Of(Events.Started, Report("1"), Events.Exit());
        });
        await shared.Http.TextAsync(Http.Call(script));
        Assert.Equal(
            new ExecutionLimits
            {
                WallClock = TimeSpan.FromSeconds(15),
                Cpu = TimeSpan.FromSeconds(10),
                FileBytes = 1 << 20,
                OutputBytes = 1 << 20,
                ResultBytes = 1 << 20,
            },
            seen!.Limits);
    }

    [Fact(Timeout = Deadline)]
    public async Task Bash_has_no_main_and_answers_with_its_streams_and_code()
    {
        ExecutionRequest? seen = null;
        var script = shared.Host.Play((request, _) =>
        {
            seen = request;
            return Events.Of(Events.Started, Events.Out("o"), Events.Err("e"), Events.Exit(4));
        });
        Assert.Equal("""{"result":null,"stdout":"o","stderr":"e","exit_code":4}""", await shared.Http.TextAsync(Http.Call(script, new { language = "bash" })));
        Assert.Equal((Language.Bash, ExecutionKind.Script), (seen!.Language, seen.Kind));
    }

    [Fact(Timeout = Deadline)]
    public async Task Bash_that_is_ended_is_a_failure()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("o"), Events.Ended(ExitReason.Timeout));
        await FailsAsync(Http.Call(script, new { language = "bash", timeout = 1 }), "timeout", "The script did not finish within 1 seconds");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("", "invalid_json")]
    [InlineData("{", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("\"script\"", "invalid_json")]
    [InlineData("null", "invalid_json")]
    [InlineData("{\"script\":\"#\",}", "invalid_json")]
    [InlineData("{\"script\":\"#\"} x", "invalid_json")]
    [InlineData("{\"script\":\"#\",\"script\":\"#\"}", "invalid_json")]
    [InlineData("{'script':'#'}", "invalid_json")]
    [InlineData("{\"script\":\"#\",\"args\":[[[[[[]]]]]]}", "invalid_json")]
    [InlineData("{}", "missing_field")]
    [InlineData("{\"code\":\"#\"}", "unknown_field")]
    [InlineData("{\"script\":\"#\",\"timeOut\":1}", "unknown_field")]
    [InlineData("{\"script\":null}", "invalid_field")]
    [InlineData("{\"script\":1}", "invalid_field")]
    [InlineData("{\"script\":[\"#\"]}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"language\":1}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"args\":\"a\"}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"args\":[1]}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"stdin\":{}}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"env\":[]}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"env\":{\"A\":1}}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"env\":{\"\":\"x\"}}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"env\":{\"A=B\":\"x\"}}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"timeout\":\"1\"}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"timeout\":true}", "invalid_field")]
    [InlineData("{\"script\":\"#\",\"timeout\":0}", "invalid_timeout")]
    [InlineData("{\"script\":\"#\",\"timeout\":-1}", "invalid_timeout")]
    [InlineData("{\"script\":\"#\",\"timeout\":60.5}", "invalid_timeout")]
    [InlineData("{\"script\":\"#\",\"timeout\":1e999}", "invalid_timeout")]
    [InlineData("{\"script\":\"\"}", "empty_script")]
    [InlineData("{\"script\":\"a\\u0000b\"}", "nul_bytes")]
    [InlineData("{\"script\":\"#\",\"args\":[\"\\u0000\"]}", "nul_bytes")]
    [InlineData("{\"script\":\"#\",\"env\":{\"A\":\"\\u0000\"}}", "nul_bytes")]
    [InlineData("{\"script\":\"\\ud800\"}", "invalid_utf8")]
    [InlineData("{\"script\":\"#\",\"env\":{\"\\ud800\":\"\"}}", "invalid_utf8")]
    public async Task A_body_that_cannot_be_used_is_400_and_says_why(string json, string code)
    {
        var (status, body) = await shared.Http.JsonAsync(Http.Json(json));
        Assert.Equal((HttpStatusCode.BadRequest, code), (status, Text(body, "code")));
        Assert.False(string.IsNullOrWhiteSpace(Text(body, "error")));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_empty_script_is_told_where_the_script_belongs()
    {
        var (_, body) = await shared.Http.JsonAsync(Http.Json("{\"script\":\"\"}"));
        Assert.Contains("'script'", Text(body, "error"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_body_that_is_no_utf8_is_400()
    {
        var (status, body) = await shared.Http.JsonAsync(Http.Script([.. "{\"script\":\""u8, 0xff, .. "\"}"u8], type: "application/json"));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_utf8"), (status, Text(body, "code")));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_unknown_language_is_422_in_the_body_and_in_the_query()
    {
        var (status, body) = await shared.Http.JsonAsync(Http.Call("#", new { language = "ruby" }));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "unknown_language"), (status, Text(body, "code")));
        var problem = await shared.Http.ProblemAsync(Http.Json("{\"script\":\"#\"}", "?language=ruby"), HttpStatusCode.UnprocessableEntity, "unknown_language");
        Assert.Equal(Text(body, "error"), Text(problem, "error"));
    }

    [Theory(Timeout = Deadline)]
    [InlineData(50 << 10, true)]
    [InlineData((50 << 10) + 1, false)]
    public async Task A_script_may_have_50_kilobytes(int bytes, bool taken)
    {
        var script = new string('#', bytes);
        if (taken)
        {
            shared.Host.Play((_, _) => Events.Of(Events.Started, Report("1"), Events.Exit()), script);
            await shared.Http.TextAsync(Http.Call(script));
            return;
        }

        var (status, body) = await shared.Http.JsonAsync(Http.Call(script));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "script_too_large"), (status, Text(body, "code")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_body_over_its_limit_is_413_before_it_is_read()
    {
        var problem = await shared.Http.ProblemAsync(Http.Script(new byte[(2 << 20) + 1], type: "application/json"), HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        Assert.Equal(Text(problem, "detail"), Text(problem, "error"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Too_much_standard_input_is_413()
    {
        var (status, body) = await shared.Http.JsonAsync(Http.Call("#", new { stdin = new string('x', (1 << 20) + 1) }));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (status, Text(body, "code")));
    }

    [Fact(Timeout = Deadline)]
    public async Task Too_many_arguments_are_413()
    {
        var (status, body) = await shared.Http.JsonAsync(Http.Call("#", new { args = Enumerable.Repeat("0123456789", 15_000) }));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (status, Text(body, "code")));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson")]
    public async Task A_caller_that_takes_no_json_is_406(string accept) =>
        await shared.Http.ProblemAsync(Http.Json("{\"script\":\"#\"}", accept: accept), HttpStatusCode.NotAcceptable, "not_acceptable");

    [Theory(Timeout = Deadline)]
    [InlineData("application/json, text/plain, */*")]
    [InlineData("application/*")]
    [InlineData("*/*")]
    public async Task A_caller_that_takes_json_among_others_gets_it(string accept)
    {
        var script = shared.Host.Play(Events.Started, Report("1"), Events.Exit());
        await shared.Http.TextAsync(Http.Json(JsonSerializer.Serialize(new { script }), accept: accept));
    }

    [Fact(Timeout = Deadline)]
    public async Task Overload_is_503_with_the_error_where_callers_look_for_it()
    {
        using var request = Http.Call(shared.Host.Play(Events.Refused(RefusalReason.Overloaded, 4)));
        using var response = await shared.Http.SendAsync(request, Cancel);
        var problem = await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "overloaded");
        Assert.Equal("Refused: Overloaded.", Text(problem, "error"));
        Assert.Equal(4, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
    }

    private static ExecutionEvent Report(string result) => Events.Result($$"""{"ok": true, "result": {{result}}}""");

    private static IEnumerable<ExecutionEvent> Pieces(string report) =>
        Encoding.UTF8.GetBytes(report).Chunk(64 << 10).Select(piece => Events.Result(piece));

    private static string? Text(JsonElement body, string name) => body.GetProperty(name).GetString();

    private async Task<JsonElement> FailsAsync(HttpRequestMessage request, string code, string error)
    {
        var (status, body) = await shared.Http.JsonAsync(request);
        Assert.Equal((HttpStatusCode.BadRequest, code, error), (status, Text(body, "code"), Text(body, "error")));
        Assert.False(body.TryGetProperty("result", out _));
        return body;
    }
}

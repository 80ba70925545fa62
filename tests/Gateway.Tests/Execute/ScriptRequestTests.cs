using System.Net;
using System.Text;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Execute;

/// <summary>What reaches the host of a bare script, and what does not and why.</summary>
public sealed class ScriptRequestTests(SharedGateway shared)
{
    private const int Deadline = 30_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = Deadline)]
    [InlineData("", Language.Python, 60)]
    [InlineData("?language=python", Language.Python, 60)]
    [InlineData("?language=bash&timeout=0.25", Language.Bash, 0.25)]
    [InlineData("?timeout=600", Language.Python, 600)]
    [InlineData("?timeout=1.5&unknown=ignored", Language.Python, 1.5)]
    public async Task Language_and_limits_reach_the_host(string query, Language language, double seconds)
    {
        var request = await SeenAsync(script => Http.Script(script, query));
        Assert.Equal(language, request.Language);
        Assert.Equal(ExecutionKind.Script, request.Kind);
        Assert.Equal(TimeSpan.FromSeconds(seconds), request.Limits.WallClock);
        Assert.Equal(64L << 20, request.Limits.OutputBytes);
        Assert.Null(request.Limits.Cpu);
        Assert.Null(request.Limits.FileBytes);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("text/plain;charset=\"UTF-8\"")]
    [InlineData("Text/Plain")]
    public async Task A_script_may_come_as_text_or_without_a_type(string? type) =>
        Assert.Equal(Language.Python, (await SeenAsync(script => Http.Script(Encoding.UTF8.GetBytes(script), type: type))).Language);

    [Fact(Timeout = Deadline)]
    public async Task A_script_of_exactly_the_limit_is_taken()
    {
        var script = shared.Host.Play((_, _) => Events.Of(Events.Started, Events.Exit()), new string('#', 1 << 20));
        Assert.Equal("", await shared.Http.TextAsync(Http.Script(script)));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_script_over_the_limit_is_413_with_its_length_announced()
    {
        await RefusedAsync(Http.Script(new byte[(1 << 20) + 1]), HttpStatusCode.RequestEntityTooLarge, "script_too_large");
    }

    [Theory(Timeout = Deadline)]
    [InlineData(3, true)]
    [InlineData(40, true)]
    [InlineData(40, false)]
    public async Task Who_is_still_sending_a_script_over_the_limit_hears_of_it(int mebibytes, bool chunked)
    {
        var request = Http.Script(Encoding.UTF8.GetBytes(new string('#', mebibytes << 20)));
        request.Headers.TransferEncodingChunked = chunked;
        await RefusedAsync(request, HttpStatusCode.RequestEntityTooLarge, "script_too_large");
    }

    [Fact(Timeout = Deadline)]
    public async Task No_body_is_400()
    {
        await RefusedAsync(new HttpRequestMessage(HttpMethod.Post, "/execute"), HttpStatusCode.BadRequest, "empty_script");
    }

    [Fact(Timeout = Deadline)]
    public async Task An_empty_script_is_400() => await RefusedAsync(Http.Script(""), HttpStatusCode.BadRequest, "empty_script");

    [Fact(Timeout = Deadline)]
    public async Task Nul_bytes_are_400() => await RefusedAsync(Http.Script("print(1)\0"), HttpStatusCode.BadRequest, "nul_bytes");

    [Theory(Timeout = Deadline)]
    [InlineData(new byte[] { (byte)'#', 0xff })]
    [InlineData(new byte[] { (byte)'#', 0xc3 })]
    [InlineData(new byte[] { 0xc0, 0xaf })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    public async Task Invalid_utf8_is_400(byte[] script) => await RefusedAsync(Http.Script(script), HttpStatusCode.BadRequest, "invalid_utf8");

    [Theory(Timeout = Deadline)]
    [InlineData("ruby")]
    [InlineData("Python")]
    [InlineData("")]
    [InlineData("python%00")]
    public async Task An_unknown_language_is_422_and_the_known_ones_are_told(string language)
    {
        var problem = await RefusedAsync(Http.Script("#", $"?language={language}"), HttpStatusCode.UnprocessableEntity, "unknown_language");
        Assert.Contains("python, bash", problem);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("600.001")]
    [InlineData("1e3")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("")]
    [InlineData("%201")]
    [InlineData("1,5")]
    [InlineData("ten")]
    [InlineData("99999999999999999999999999999999999999")]
    public async Task A_bad_timeout_is_400_and_the_range_is_told(string timeout)
    {
        var problem = await RefusedAsync(Http.Script("#", $"?timeout={timeout}"), HttpStatusCode.BadRequest, "invalid_timeout");
        Assert.Contains("0.001 to 600", problem);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("?language=python&language=bash")]
    [InlineData("?timeout=1&timeout=2")]
    public async Task A_query_that_says_two_things_is_400(string query) =>
        await RefusedAsync(Http.Script("#", query), HttpStatusCode.BadRequest, "invalid_request");

    [Fact(Timeout = Deadline)]
    public async Task The_type_that_curl_sends_by_default_is_415_and_told_how_to_change()
    {
        var request = Http.Script("#"u8.ToArray(), type: "application/x-www-form-urlencoded");
        Assert.Contains("-H 'Content-Type: text/plain'", await RefusedAsync(request, HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("application/octet-stream")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("text/html")]
    [InlineData("text/plain; charset=utf-16")]
    [InlineData("nonsense")]
    public async Task Any_other_type_is_415(string type) =>
        await RefusedAsync(Http.Script("#"u8.ToArray(), type: type), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

    [Fact(Timeout = Deadline)]
    public async Task A_compressed_body_is_415()
    {
        var request = Http.Script("#");
        request.Content!.Headers.ContentEncoding.Add("gzip");
        await RefusedAsync(request, HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("application/json")]
    [InlineData("image/*")]
    [InlineData("text/plain;q=0")]
    [InlineData("*/*;q=0")]
    [InlineData("nonsense")]
    [InlineData("text/plain, //")]
    public async Task An_accept_header_that_takes_nothing_is_406(string accept) =>
        await RefusedAsync(Http.Script("#", accept: accept), HttpStatusCode.NotAcceptable, "not_acceptable");

    [Theory(Timeout = Deadline)]
    [InlineData(RefusalReason.Overloaded, 2.2, HttpStatusCode.ServiceUnavailable, "overloaded", 3)]
    [InlineData(RefusalReason.Overloaded, null, HttpStatusCode.ServiceUnavailable, "overloaded", 1)]
    [InlineData(RefusalReason.Stopping, 5d, HttpStatusCode.ServiceUnavailable, "stopping", 5)]
    [InlineData(RefusalReason.Unavailable, null, HttpStatusCode.ServiceUnavailable, "unavailable", null)]
    [InlineData(RefusalReason.Invalid, null, HttpStatusCode.UnprocessableEntity, "invalid_request", null)]
    public async Task A_refusal_is_told_with_when_to_come_back(
        RefusalReason reason, double? retryAfter, HttpStatusCode status, string code, int? header)
    {
        foreach (var accept in new[] { "text/plain", "application/x-ndjson", "text/event-stream" })
        {
            using var request = Http.Script(shared.Host.Play(Events.Refused(reason, retryAfter)), accept: accept);
            using var response = await shared.Http.SendAsync(request, Cancel);
            var problem = await response.ProblemAsync(status, code);
            Assert.Equal($"Refused: {reason}.", problem.GetProperty("detail").GetString());
            Assert.Equal(header, response.Headers.RetryAfter?.Delta?.TotalSeconds is { } seconds ? (int)seconds : null);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_host_that_fails_before_anything_ran_is_500_with_a_number_and_nothing_else()
    {
        static async IAsyncEnumerable<ExecutionEvent> Fail()
        {
            await Task.Yield();
            if (Environment.TickCount64 > 0) throw new InvalidOperationException("secret of the house");
            yield break;
        }

        var script = shared.Host.Play((_, _) => Fail());
        var problem = await shared.Http.ProblemAsync(Http.Script(script), HttpStatusCode.InternalServerError, "internal_error");
        Assert.DoesNotContain("secret", problem.GetRawText());
        Assert.Contains(problem.GetProperty("id").GetString()!, shared.Server.Log.Text);
    }

    [Fact(Timeout = Deadline)]
    public async Task Neither_bodies_nor_headers_are_logged()
    {
        var script = shared.Host.Play((_, _) => Events.Of(Events.Started, Events.Out("output-that-is-private"), Events.Exit()), "# script-that-is-private");
        using var request = Http.Script(script);
        request.Headers.Add("X-Own", "header-that-is-private");
        await shared.Http.TextAsync(request);
        Assert.DoesNotContain("that-is-private", shared.Server.Log.Text);
    }

    private async Task<ExecutionRequest> SeenAsync(Func<string, HttpRequestMessage> request)
    {
        ExecutionRequest? seen = null;
        var script = shared.Host.Play((asked, _) =>
        {
            seen = asked;
            return Events.Of(Events.Started, Events.Exit());
        });
        await shared.Http.TextAsync(request(script));
        Assert.Equal(script, Encoding.UTF8.GetString(seen!.Code));
        return seen;
    }

    // None of these scripts is written down, so the host would answer 500 if it heard of one.
    private async Task<string> RefusedAsync(HttpRequestMessage request, HttpStatusCode status, string code) =>
        (await shared.Http.ProblemAsync(request, status, code)).GetProperty("detail").GetString()!;
}

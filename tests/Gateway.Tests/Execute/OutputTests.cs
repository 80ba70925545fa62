using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Execute;

/// <summary>What the three forms of an answer say.</summary>
public sealed class OutputTests(SharedGateway shared)
{
    private const int Deadline = 30_000;
    private const string Ndjson = "application/x-ndjson";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Text_is_the_bytes_of_both_streams_in_their_order()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("a"), Events.Err("b"), Events.Out(0xff, 0x00), Events.Out("c\n"), Events.Exit());
        using var request = Http.Script(script);
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("ab\xff\0c\n"u8.Length - 1, (await response.Content.ReadAsByteArrayAsync(Cancel)).Length);
        Assert.Equal([.. "ab"u8, 0xff, 0x00, .. "c\n"u8], await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_host_that_does_not_say_when_it_starts_is_understood_too()
    {
        var script = shared.Host.Play(Events.Out("early"), Events.Exit());
        Assert.Equal("early", await shared.Http.TextAsync(Http.Script(script)));
    }

    [Fact(Timeout = Deadline)]
    public async Task Program_output_is_never_taken_for_a_page()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("<script>alert(1)</script>"), Events.Exit());
        using var request = Http.Script(script, accept: "text/html, */*;q=0.8");
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact(Timeout = Deadline)]
    public async Task Trailers_tell_the_exit_to_those_who_ask_for_them()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("x"), Events.Exit(7));
        using var request = Http.Script(script);
        request.Headers.TE.ParseAdd("trailers");
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal("x", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("exited", Assert.Single(response.TrailingHeaders.GetValues("Sandbox-Exit-Reason")));
        Assert.Equal("7", Assert.Single(response.TrailingHeaders.GetValues("Sandbox-Exit-Code")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_signal_is_named_in_the_trailers()
    {
        var script = shared.Host.Play(Events.Started, Events.Ended(ExitReason.Killed, 11));
        using var request = Http.Script(script);
        request.Headers.TE.ParseAdd("deflate;q=0.5, trailers");
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("killed", Assert.Single(response.TrailingHeaders.GetValues("Sandbox-Exit-Reason")));
        Assert.Equal("SIGSEGV", Assert.Single(response.TrailingHeaders.GetValues("Sandbox-Exit-Signal")));
        Assert.False(response.TrailingHeaders.Contains("Sandbox-Exit-Code"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Nobody_gets_trailers_unasked()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("x"), Events.Exit(7));
        using var request = Http.Script(script);
        using var response = await shared.Http.SendAsync(request, Cancel);
        await response.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Empty(response.Headers.Trailer);
        Assert.Empty(response.TrailingHeaders);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(ExitReason.Timeout, "timeout after 2.5 s")]
    [InlineData(ExitReason.OutOfMemory, "out of memory")]
    [InlineData(ExitReason.OutputLimit, "output limit reached")]
    [InlineData(ExitReason.CpuLimit, "processor time limit reached")]
    [InlineData(ExitReason.StartFailed, "the program could not be started: why it is so")]
    [InlineData(ExitReason.SandboxFailed, "the sandbox failed: why it is so")]
    public async Task A_last_line_of_text_says_what_ended_a_program_that_did_not_end_by_itself(ExitReason reason, string expected)
    {
        var script = shared.Host.Play(Events.Started, Events.Out("half a line"), Events.Ended(reason, message: "why it\nis so"));
        Assert.Equal($"half a line\n[sandbox] ended: {expected}\n", await shared.Http.TextAsync(Http.Script(script, "?timeout=2.5")));
    }

    [Fact(Timeout = Deadline)]
    public async Task The_last_line_stands_alone_when_the_output_ended_with_one()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("a line\n"), Events.Ended(ExitReason.OutOfMemory));
        Assert.Equal("a line\n[sandbox] ended: out of memory\n", await shared.Http.TextAsync(Http.Script(script)));
    }

    [Fact(Timeout = Deadline)]
    public async Task Events_tell_stdout_stderr_and_the_exit_with_its_timings()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("a\n"), Events.Err("b"), Events.Exit(3));
        var events = await shared.Http.EventsAsync(Http.Script(script, accept: Ndjson));
        Assert.Equal(
            [
                """{"type":"stdout","text":"a\n"}""",
                """{"type":"stderr","text":"b"}""",
                """{"type":"exit","reason":"exited","code":3,"signal":null,"timings":{"queued_ms":1.5,"ran_ms":20,"cpu_ms":12,"warm":true}}""",
            ],
            events.Select(e => e.GetRawText()));
    }

    [Theory(Timeout = Deadline)]
    [InlineData(ExitReason.Killed, "killed")]
    [InlineData(ExitReason.Timeout, "timeout")]
    [InlineData(ExitReason.OutOfMemory, "out_of_memory")]
    [InlineData(ExitReason.OutputLimit, "output_limit")]
    [InlineData(ExitReason.CpuLimit, "cpu_limit")]
    [InlineData(ExitReason.StartFailed, "start_failed")]
    [InlineData(ExitReason.SandboxFailed, "sandbox_failed")]
    public async Task Every_reason_has_its_name_and_a_signal_its_number_and_name(ExitReason reason, string name)
    {
        var script = shared.Host.Play(Events.Started, Events.Ended(reason, 9, "words"));
        var exit = Assert.Single(await shared.Http.EventsAsync(Http.Script(script, accept: Ndjson)));
        Assert.Equal(
            (name, JsonValueKind.Null, 9, "SIGKILL", "words"),
            (exit.GetProperty("reason").GetString(), exit.GetProperty("code").ValueKind, exit.GetProperty("signal").GetInt32(),
                exit.GetProperty("signal_name").GetString(), exit.GetProperty("message").GetString()));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_character_that_is_cut_in_two_is_joined_also_with_the_other_stream_between()
    {
        var euro = "€"u8.ToArray();
        var script = shared.Host.Play(
            Events.Started, Events.Out([.. "1"u8, euro[0]]), Events.Err("!"), Events.Out(euro[1]), Events.Out([euro[2], .. "2"u8]), Events.Exit());
        var events = await shared.Http.EventsAsync(Http.Script(script, accept: Ndjson));
        Assert.Equal(["1", "!", "€2"], events.SkipLast(1).Select(e => e.GetProperty("text").GetString()));
    }

    [Fact(Timeout = Deadline)]
    public async Task Bytes_that_are_no_text_come_as_base64_and_the_text_around_them_as_text()
    {
        var script = shared.Host.Play(Events.Started, Events.Out([.. "a"u8, 0xff, 0xfe, .. "b"u8]), Events.Out(0xe2, 0x82), Events.Exit());
        var events = await shared.Http.EventsAsync(Http.Script(script, accept: Ndjson));
        Assert.Equal("a", events[0].GetProperty("text").GetString());
        Assert.Equal([0xff, 0xfe], events[1].GetProperty("base64").GetBytesFromBase64());
        Assert.Equal("b", events[2].GetProperty("text").GetString());
        Assert.Equal([0xe2, 0x82], events[3].GetProperty("base64").GetBytesFromBase64());
        Assert.Equal("exit", events[4].GetProperty("type").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Server_sent_events_carry_the_same_objects_under_their_types()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("a\n\nb"), Events.Exit());
        using var request = Http.Script(script, accept: "text/event-stream");
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        var text = await response.Content.ReadAsStringAsync(Cancel);
        var blocks = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("event: stdout\ndata: {\"type\":\"stdout\",\"text\":\"a\\n\\nb\"}", blocks[0]);
        Assert.StartsWith("event: exit\ndata: {\"type\":\"exit\",\"reason\":\"exited\"", blocks[1]);
        Assert.Equal(2, blocks.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_large_output_arrives_whole_in_every_form()
    {
        var chunk = new string('é', 30_000);
        var events = Enumerable.Repeat(Events.Out(chunk), 200).Prepend(Events.Started).Append(Events.Exit()).ToArray();
        var whole = string.Concat(Enumerable.Repeat(chunk, 200));
        Assert.Equal(whole, await shared.Http.TextAsync(Http.Script(shared.Host.Play(events))));
        var lines = await shared.Http.EventsAsync(Http.Script(shared.Host.Play(events), accept: Ndjson));
        Assert.Equal(whole, string.Concat(lines.SkipLast(1).Select(e => e.GetProperty("text").GetString())));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_host_that_fails_in_the_middle_is_an_exit_that_says_so_and_no_more()
    {
        static async IAsyncEnumerable<ExecutionEvent> Fail()
        {
            yield return Events.Started;
            yield return Events.Out("so far");
            await Task.Yield();
            throw new InvalidOperationException("secret of the house");
        }

        var events = await shared.Http.EventsAsync(Http.Script(shared.Host.Play((_, _) => Fail()), accept: Ndjson));
        Assert.Equal("sandbox_failed", events[^1].GetProperty("reason").GetString());
        var message = events[^1].GetProperty("message").GetString()!;
        Assert.DoesNotContain("secret", message);
        Assert.Contains(message.TrimEnd('.').Split(' ')[^1], shared.Server.Log.Text);

        var text = await shared.Http.TextAsync(Http.Script(shared.Host.Play((_, _) => Fail())));
        Assert.StartsWith("so far\n[sandbox] ended: the sandbox failed:", text);
        Assert.DoesNotContain("secret", text);
    }
}

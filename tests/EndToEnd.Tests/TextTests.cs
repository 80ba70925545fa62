using System.Diagnostics;
using System.Net;
using System.Text;

namespace Sandbox.EndToEnd.Tests;

[Collection(typeof(OneAtATime))]
public sealed class TextTests(SharedServer shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Python_runs_and_its_output_is_the_answer() =>
        Assert.Equal("Hello from the sandbox!\n", await TextAsync("python", "print('Hello from the sandbox!')"));

    [Fact(Timeout = Deadline)]
    public async Task Python_is_the_default_language()
    {
        using var content = new StringContent("print(6 * 7)", Encoding.UTF8, "text/plain");
        using var response = await shared.Http.PostAsync("/execute", content, Cancel);
        Assert.Equal("42\n", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact(Timeout = Deadline)]
    public async Task Bash_runs_and_its_output_is_the_answer() =>
        Assert.Equal("hello from bash\n", await TextAsync("bash", "echo 'hello from bash'"));

    [Fact(Timeout = Deadline)]
    public async Task Stdout_and_stderr_are_merged_in_the_order_of_their_arrival()
    {
        var text = await TextAsync("python", """
            import sys, time
            for i in range(3):
                print('out', i); time.sleep(0.1)
                print('err', i, file=sys.stderr); time.sleep(0.1)
            """);
        Assert.Equal("out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\n", text);
    }

    [Fact(Timeout = Deadline)]
    public async Task Output_arrives_while_the_program_still_runs()
    {
        using var request = Run.Request("python", "import time\nprint('first')\ntime.sleep(3)\nprint('second')", "text/plain");
        var began = Stopwatch.GetTimestamp();
        using var response = await shared.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[64];

        var read = await stream.ReadAtLeastAsync(buffer, 6, cancellationToken: Cancel);

        Assert.Equal("first\n", Encoding.UTF8.GetString(buffer, 0, read));
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2.5), "the first line waited for the second");
        Assert.Equal("second\n", await new StreamReader(stream).ReadToEndAsync(Cancel));
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(2.9), "the program did not sleep");
    }

    [Fact(Timeout = Deadline)]
    public async Task The_exit_code_or_signal_and_the_reason_come_as_an_event()
    {
        var exited = await Run.BashAsync(shared.Http, "exit 7");
        Assert.Equal(("exited", 7, null), (exited.Reason, exited.Code, exited.Signal));

        var killed = await Run.PythonAsync(shared.Http, "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)");
        Assert.Equal(("killed", null, 15), (killed.Reason, killed.Code, killed.Signal));
    }

    [Fact(Timeout = Deadline)]
    public async Task Server_sent_events_carry_the_same_as_lines_of_json()
    {
        using var request = Run.Request("python", "print('x')", "text/event-stream");
        using var response = await shared.Http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("event: stdout\n", text);
        Assert.Contains("event: exit\n", text);
    }

    [Fact(Timeout = Deadline)]
    public async Task Bytes_that_are_no_text_come_unharmed()
    {
        var run = await Run.PythonAsync(shared.Http, "import sys\nsys.stdout.buffer.write(bytes(range(256)))");
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (byte)i), run.StdoutBytes);
    }

    [Fact(Timeout = Deadline)]
    public async Task Ten_megabytes_of_output_arrive_whole()
    {
        var text = await TextAsync("python", "import sys\nfor i in range(1024):\n    sys.stdout.write('0123456789abcdef' * 640)");
        Assert.Equal(10 * 1024 * 1024, text.Length);
        Assert.Equal(string.Concat(Enumerable.Repeat("0123456789abcdef", 655_360)), text);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_that_reaches_its_wall_clock_limit_is_ended()
    {
        var began = Stopwatch.GetTimestamp();
        var run = await Run.PythonAsync(shared.Http, "print('go')\nwhile True: pass", "&timeout=1");
        Assert.Equal("timeout", run.Reason);
        Assert.Equal("go\n", run.Stdout);
        Assert.True(run.Exit.GetProperty("timings").GetProperty("cpu_ms").GetDouble() > 0, run.Exit.GetRawText());
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.9, 4);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_that_a_finished_one_left_behind_does_not_hold_up_the_answer()
    {
        var began = Stopwatch.GetTimestamp();
        var run = await Run.BashAsync(shared.Http, "echo before; sleep 30 & echo after");
        Assert.Equal("before\nafter\n", run.Stdout);
        Assert.Equal(0, run.Code);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10));
    }

    [Fact(Timeout = Deadline)]
    public async Task Numpy_and_pandas_are_there()
    {
        var run = await Run.PythonAsync(shared.Http, "import numpy as np, pandas as pd\nprint(pd.DataFrame({'a': np.arange(4)}).a.sum())");
        Assert.Equal("6\n", run.Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_script_has_an_empty_standard_input()
    {
        var run = await Run.PythonAsync(shared.Http, "import sys\nprint(repr(sys.stdin.read()))");
        Assert.Equal("''\n", run.Stdout);
    }

    private async Task<string> TextAsync(string language, string code)
    {
        using var request = Run.Request(language, code, "text/plain");
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        return await response.Content.ReadAsStringAsync(Cancel);
    }
}

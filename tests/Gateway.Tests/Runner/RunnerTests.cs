using System.Text.Json;
using Sandbox.Gateway.Execute.Main;

namespace Sandbox.Gateway.Tests.Runner;

public sealed class RunnerTests : IAsyncDisposable
{
    private const int Deadline = 60_000;

    private readonly RunnerProcess _runner = new();

    public ValueTask DisposeAsync() => _runner.DisposeAsync();

    [Theory(Timeout = Deadline)]
    [InlineData("{'a': [1, 2.5, None, True, 'é']}", """{"a":[1,2.5,null,true,"\u00e9"]}""")]
    [InlineData("None", "null")]
    [InlineData("10 ** 40", "10000000000000000000000000000000000000000")]
    [InlineData("'\\ud800'", "\"\\ud800\"")]
    [InlineData("{1: 2}", """{"1":2}""")]
    public async Task What_main_returns_is_reported(string returned, string expected)
    {
        var outcome = await _runner.RunAsync($"def main():\n    return {returned}\n");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal($$"""{"ok": true, "result": {{expected}}}""".Replace(" ", "", StringComparison.Ordinal), outcome.Report.Replace(" ", "", StringComparison.Ordinal));
        var report = MainReport.Parse(System.Text.Encoding.UTF8.GetBytes(outcome.Report), 64);
        Assert.True(report.Ok);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_is_printed_is_no_report()
    {
        var outcome = await _runner.RunAsync("import sys\nprint('{\"ok\": true, \"result\": 1}')\ndef main():\n    print('err', file=sys.stderr)\n    return 2\n");
        Assert.Equal(("{\"ok\": true, \"result\": 1}\n", "err\n", 2), (outcome.Stdout, outcome.Stderr, outcome.Json.GetProperty("result").GetInt32()));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("x = 1", "no_main", "The script defines no main()")]
    [InlineData("main = None", "no_main", "The script defines no main()")]
    [InlineData("main = 3", "no_main", "main is no function but a value of type int")]
    [InlineData("def main():\n    return {1, 2}", "not_serializable", "TypeError: Object of type set is not JSON serializable")]
    [InlineData("def main():\n    return float('nan')", "not_serializable", "ValueError: Out of range float values are not JSON compliant")]
    [InlineData("def main():\n    return [float('-inf')]", "not_serializable", "ValueError: Out of range float values are not JSON compliant")]
    [InlineData("a = []\na.append(a)\ndef main():\n    return a", "not_serializable", "ValueError: Circular reference detected")]
    [InlineData("def main():\n    return {(1, 2): 3}", "not_serializable", "TypeError: keys must be str, int, float, bool or None, not tuple")]
    [InlineData("async def main():\n    return 1", "not_serializable", "TypeError: Object of type coroutine is not JSON serializable")]
    [InlineData("def main():\n    x = []\n    for _ in range(100000): x = [x]\n    return x", "not_serializable", "RecursionError: maximum recursion depth exceeded while encoding a JSON object")]
    [InlineData("def main(x):\n    pass", "exception", "TypeError: main() missing 1 required positional argument: 'x'")]
    [InlineData("import nothing_of_that_name", "exception", "ModuleNotFoundError: No module named 'nothing_of_that_name'")]
    [InlineData("def main():\n    raise KeyboardInterrupt", "exception", "KeyboardInterrupt")]
    [InlineData("def main():\n    return eval('1 +')", "exception", "SyntaxError: invalid syntax")]
    public async Task What_goes_wrong_is_told_apart(string script, string kind, string message)
    {
        var outcome = await _runner.RunAsync(script + "\n");
        Assert.False(outcome.Json.GetProperty("ok").GetBoolean());
        Assert.Equal((1, kind), (outcome.ExitCode, outcome.Json.GetProperty("kind").GetString()));
        Assert.StartsWith(message, outcome.Json.GetProperty("message").GetString());
        Assert.Equal(kind, MainReport.Parse(System.Text.Encoding.UTF8.GetBytes(outcome.Report), 64).Kind);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_traceback_holds_the_scripts_frames_and_none_of_the_runners()
    {
        var outcome = await _runner.RunAsync("def f():\n    raise ValueError('bad')\ndef main():\n    return f()\n");
        var traceback = Text(outcome, "traceback");
        Assert.StartsWith($"Traceback (most recent call last):\n  File \"{_runner.ScriptPath}\", line 4, in main\n    return f()\n", traceback);
        Assert.Contains($"File \"{_runner.ScriptPath}\", line 2, in f\n    raise ValueError('bad')\n", traceback);
        Assert.EndsWith("ValueError: bad\n", traceback);
        Assert.DoesNotContain("main_runner", traceback);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_traceback_tells_the_cause_too()
    {
        var outcome = await _runner.RunAsync("def main():\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise KeyError('k') from e\n");
        var traceback = Text(outcome, "traceback");
        Assert.Contains("ZeroDivisionError: division by zero\n\nThe above exception was the direct cause", traceback);
        Assert.Equal("KeyError: 'k'", Text(outcome, "message"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_traceback_quotes_the_script_as_it_was()
    {
        var outcome = await _runner.RunAsync("def main():\n    open(__file__, 'w').write('nothing')\n    raise ValueError\n");
        Assert.Contains("raise ValueError\n", Text(outcome, "traceback"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_syntax_error_names_the_line_and_shows_it()
    {
        var outcome = await _runner.RunAsync("x = 1\ndef main(:\n    pass\n");
        Assert.Equal(("syntax", "SyntaxError: invalid syntax (line 2)"), (Text(outcome, "kind"), Text(outcome, "message")));
        Assert.StartsWith($"  File \"{_runner.ScriptPath}\", line 2\n    def main(:\n", Text(outcome, "traceback"));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("sys.exit()", 0, "")]
    [InlineData("sys.exit(3)", 3, "")]
    [InlineData("raise SystemExit(259)", 3, "")]
    [InlineData("sys.exit('sorry')", 1, "sorry\n")]
    public async Task Leaving_early_is_told_with_its_code(string statement, int code, string stderr)
    {
        var outcome = await _runner.RunAsync($"import sys\ndef main():\n    {statement}\n");
        Assert.Equal(("exit", code, stderr), (Text(outcome, "kind"), outcome.ExitCode, outcome.Stderr));
        Assert.Equal($"The script exited with code {code} before main() returned", Text(outcome, "message"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Leaving_for_good_leaves_no_report()
    {
        var outcome = await _runner.RunAsync("import os\ndef main():\n    print('so far', flush=True)\n    os._exit(5)\n");
        Assert.Equal((5, "", "so far\n"), (outcome.ExitCode, outcome.Report, outcome.Stdout));
    }

    [Fact(Timeout = Deadline)]
    public async Task The_script_is_main_in_every_respect()
    {
        var outcome = await _runner.RunAsync("""
            import os, pickle, sys
            class C: pass
            ran = __name__
            def main():
                import __main__
                return [ran, sys.argv[0] == __file__, sys.argv[1:], sys.path[0] == os.path.dirname(__file__), __main__.C is C,
                        type(pickle.loads(pickle.dumps(C()))) is C, sorted(n for n in globals() if not n.startswith('__'))]
            """, ["--", "a b", "--script"]);
        Assert.Equal("""["__main__",true,["a b","--script"],true,true,true,["C","main","os","pickle","ran","sys"]]""",
            JsonSerializer.Serialize(outcome.Json.GetProperty("result")));
    }

    [Theory(Timeout = Deadline)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Arguments_reach_the_script_whatever_they_hold(bool embedded)
    {
        string[] arguments = ["", "a b", "é€😀", "'\"\\\n$(x)", "--script"];
        var outcome = await _runner.RunAsync("import sys\ndef main():\n    return [sys.argv[1:], sys.path[0]]\n", ["--", .. arguments], embedded: embedded);
        Assert.Equal(arguments, outcome.Json.GetProperty("result")[0].EnumerateArray().Select(argument => argument.GetString()));
        Assert.Equal(Path.GetDirectoryName(_runner.ScriptPath), outcome.Json.GetProperty("result")[1].GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Standard_input_is_the_scripts()
    {
        var outcome = await _runner.RunAsync("import sys\ndef main():\n    return [input(), sys.stdin.read()]\n", stdin: "one\ntwo\n");
        Assert.Equal("""["one","two\n"]""", JsonSerializer.Serialize(outcome.Json.GetProperty("result")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_child_that_comes_out_of_main_too_reports_nothing()
    {
        var outcome = await _runner.RunAsync("import os\ndef main():\n    pid = os.fork()\n    if pid: os.waitpid(pid, 0)\n    return 'parent' if pid else 'child'\n");
        Assert.Equal("""{"ok": true, "result": "parent"}""", outcome.Report);
    }

    [Fact(Timeout = Deadline)]
    public async Task Worker_processes_work()
    {
        var outcome = await _runner.RunAsync("import multiprocessing\ndef f(x):\n    return x * x\ndef main():\n    with multiprocessing.Pool(2) as pool:\n        return pool.map(f, [1, 2, 3])\n");
        Assert.Equal("[1,4,9]", JsonSerializer.Serialize(outcome.Json.GetProperty("result")));
    }

    [Fact(Timeout = Deadline)]
    public async Task Closing_or_scribbling_on_every_descriptor_cannot_break_the_report()
    {
        var outcome = await _runner.RunAsync("import os\ndef main():\n    for fd in range(3, 256):\n        try: os.write(fd, b'garbage')\n        except OSError: pass\n    os.closerange(0, 256)\n    return 'whole'\n");
        Assert.Equal("""{"ok": true, "result": "whole"}""", outcome.Report);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_file_may_grow_to_its_limit_and_no_further()
    {
        var outcome = await _runner.RunAsync("import os\ndef main():\n    path = __file__ + '.big'\n    try:\n        open(path, 'wb').write(b'x' * 2_000_000)\n    except OSError as e:\n        return [e.errno, os.path.getsize(path)]\n", ["--file-bytes", "1048576"]);
        Assert.Equal("[27,1048576]", JsonSerializer.Serialize(outcome.Json.GetProperty("result")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_result_over_its_limit_is_told_and_not_sent()
    {
        var outcome = await _runner.RunAsync("def main():\n    return 'x' * 5_000_000\n", ["--result-bytes", "1048576"]);
        Assert.Equal("too_large", Text(outcome, "kind"));
        Assert.InRange(outcome.Report.Length, 1, 1000);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_large_result_comes_whole_through_the_fifo()
    {
        var outcome = await _runner.RunAsync("def main():\n    return 'x' * 900_000\n", ["--result-bytes", "1048576"]);
        Assert.Equal(900_000, outcome.Json.GetProperty("result").GetString()!.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_endless_message_is_cut()
    {
        var outcome = await _runner.RunAsync("def main():\n    raise ValueError('x' * 3_000_000)\n");
        Assert.Equal("exception", Text(outcome, "kind"));
        Assert.InRange(outcome.Report.Length, 1, 100_000);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_source_encoding_is_honoured()
    {
        var outcome = await _runner.RunAsync("# -*- coding: latin-1 -*-\ndef main():\n    return len('é')\n");
        Assert.Equal(2, outcome.Json.GetProperty("result").GetInt32());
    }

    private static string? Text(RunnerProcess.Outcome outcome, string name) => outcome.Json.GetProperty(name).GetString();
}

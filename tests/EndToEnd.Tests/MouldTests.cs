using System.Text;
using System.Text.RegularExpressions;

namespace Sandbox.EndToEnd.Tests;

/// <summary>
/// A Python one-off takes over an interpreter that is already running. Nobody can tell it from <c>python3 main.py</c>: each script runs both
/// ways in the same template, and what comes out is compared.
/// </summary>
[Collection(typeof(OneAtATime))]
public sealed partial class MouldTests(SharedServer shared)
{
    private const int Deadline = 60_000;

    public static TheoryData<string, string> Scripts => new()
    {
        { "argv and name", "import sys\nprint(sys.argv, __name__, __file__, __builtins__, __spec__, __loader__.__class__, __package__, __doc__)" },
        { "globals", "print(sorted(globals()))" },
        { "import path and modules", "import sys\nprint(sys.path, sorted(sys.modules), sys.flags, sys.orig_argv, sys.executable)" },
        { "import of the script by its own name", "if __name__ == '__main__':\n    import main as again\n    print(again.__name__, again.__file__)" },
        { "working directory and files", "import os\nprint(os.getcwd(), sorted(os.listdir('.')), oct(os.stat('main.py').st_mode), os.stat('main.py').st_uid)" },
        { "the script as a file", "import inspect, sys\nprint(open(__file__).read())\nprint(inspect.getsource(sys.modules['__main__']))" },
        { "users and mask", "import os\nprint(os.getresuid(), os.getresgid(), os.getgroups(), os.umask(0))" },
        { "traceback", "def f(x):\n    return 1 / x\n\nf(0)" },
        { "traceback of a chain", "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e" },
        { "syntax error", "print('never')\ndef f(:\n    pass" },
        { "indentation error", "if True:\nprint(1)" },
        { "unicode", "print('äöü €')\nraise SystemExit('ünïcödé')" },
        { "byte order mark", "\uFEFFprint('after the mark')" },
        { "windows line ends", "print(1)\r\nprint(2)\r\n1/0\r\n" },
        { "no newline at the end", "print(1)" },
        { "only a comment", "# nothing" },
        { "future import and docstring", "'''doc'''\nfrom __future__ import annotations\nprint(__doc__, __annotations__)\ndef f(a: nothing): pass\nprint(f.__annotations__)" },
        { "declared encoding", "# -*- coding: latin-1 -*-\nprint(ascii('ä'))" },
        { "exit code", "import sys\nsys.exit(42)" },
        { "exit at once", "import os\nprint('x', flush=True)\nos._exit(9)" },
        { "death by a signal", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)" },
        { "abort", "import os\nos.abort()" },
        { "keyboard interrupt", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)" },
        { "signal dispositions", "import signal\nprint({s.name: str(signal.getsignal(s)) for s in signal.valid_signals() if isinstance(s, signal.Signals)}, signal.pthread_sigmask(signal.SIG_BLOCK, []))" },
        { "open descriptors", "import os\ndef is_open(fd):\n    try: os.fstat(fd)\n    except OSError: return False\n    return True\nprint([(fd, os.get_inheritable(fd), oct(os.fstat(fd).st_mode)) for fd in range(1024) if is_open(fd)])" },
        { "streams", "import sys\nprint(sys.stdin, sys.stdout, sys.stderr, sys.stdout.line_buffering, sys.stdout.write_through, sys.stdin.isatty())" },
        { "standard input", "import sys\nprint(repr(sys.stdin.read()))\ntry:\n    input()\nexcept EOFError as e:\n    print(e)" },
        { "atexit", "import atexit\natexit.register(print, 'bye')\nprint('hi')" },
        { "threads", "import threading\nfor i in range(3):\n    t = threading.Thread(target=print, args=(i,))\n    t.start()\n    t.join()\nprint(threading.main_thread().name, threading.active_count())" },
        { "fork", "import os\npid = os.fork()\nif pid == 0:\n    os._exit(5)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))" },
        { "multiprocessing by fork", "import multiprocessing as m\ndef f(x): return x * x\nif __name__ == '__main__':\n    with m.get_context('fork').Pool(2) as p: print(p.map(f, range(4)))" },
        { "multiprocessing by spawn", "import multiprocessing as m\ndef f(x): return x * x\nif __name__ == '__main__':\n    with m.get_context('spawn').Pool(2) as p: print(p.map(f, range(4)))" },
        { "subprocess", "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True, text=True).stdout)" },
        { "limits", "import resource\nprint([(n, resource.getrlimit(getattr(resource, n))) for n in dir(resource) if n.startswith('RLIMIT_')])" },
        { "process group and session", "import os\nprint(os.getpid() == os.getpgid(0), os.getpid() == os.getsid(0))" },
        { "asyncio", "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 3\nprint(asyncio.run(f()))" },
        { "pickle of a class of the script", "import pickle\nclass A: pass\nprint(pickle.loads(pickle.dumps(A())).__class__.__module__)" },
        { "recursion without end", "def f(): f()\nf()" },
        { "warnings", "import warnings\nwarnings.warn('careful')\nprint('x' is 'x')" },
        { "exception in a finaliser", "class A:\n    def __del__(self): 1/0\nA()" },
        { "garbage collector", "import gc\nprint(gc.isenabled(), gc.get_threshold(), gc.get_debug())" },
        { "line tracing and frames", "import sys\nprint(sys._getframe().f_back, sys._getframe().f_code.co_filename, sys.gettrace())" },
        { "script that rewrites itself", "open(__file__, 'w').write('x')\n1/0" },
        { "a script of 200 KB", string.Concat(Enumerable.Range(0, 10_000).Select(i => $"x{i} = 'value {i}'\n")) + "print(x9999)\n1/0" },
    };

    [Theory(Timeout = Deadline)]
    [MemberData(nameof(Scripts))]
    public async Task A_script_cannot_tell_it_from_a_cold_start(string what, string code)
    {
        var warm = await Run.PythonAsync(shared.Http, code);
        var cold = await ColdAsync(code);

        Assert.Equal((what, cold.Code, cold.Signal), (what, warm.Code, warm.Signal));
        Assert.Equal(Comparable(cold.Stdout), Comparable(warm.Stdout));
        Assert.Equal(Comparable(cold.Stderr), Comparable(warm.Stderr));
    }

    [Fact(Timeout = Deadline)]
    public async Task Two_runs_give_different_random_numbers()
    {
        const string code = "import os, random, uuid, numpy\nprint(random.random(), os.urandom(8).hex(), uuid.uuid4(), numpy.random.rand(), hash('x'))";
        var first = (await Run.PythonAsync(shared.Http, code)).Stdout.Split(' ');
        var second = (await Run.PythonAsync(shared.Http, code)).Stdout.Split(' ');

        Assert.Equal(5, first.Length);
        Assert.All(first.Zip(second), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact(Timeout = Deadline)]
    public async Task The_environment_is_that_of_a_cold_start()
    {
        const string code = "import os\nprint(sorted(k for k in os.environ))";
        var cold = await ColdAsync(code);
        Assert.Equal(cold.Stdout, (await Run.PythonAsync(shared.Http, code)).Stdout);
    }

    /// <summary>The same file, started by a shell that is not there any more when it runs.</summary>
    private Task<Run> ColdAsync(string code) => Run.BashAsync(shared.Http, $"""
        base64 -d > main.py <<'END'
        {Convert.ToBase64String(Encoding.UTF8.GetBytes(code))}
        END
        rm main.sh
        unset OLDPWD PWD SHLVL
        exec env -u _ -u PWD -u SHLVL -u OLDPWD python3 main.py
        """);

    private static string Comparable(string text) => Address().Replace(text, "0x...");

    [GeneratedRegex("0x[0-9a-f]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}

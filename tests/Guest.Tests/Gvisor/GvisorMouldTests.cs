using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Python poured into a waiting interpreter, compared with Python started on a file.</summary>
public sealed class GvisorMouldTests(GuestBinaries binaries)
{
    private const string Script = "/tmp/main.py";
    private const string Result = "/tmp/.result";

    private const string Inspection =
        """
        import inspect, os, sys, threading, signal
        def f(): pass
        print(sys.argv, __name__, __file__, sys.path[0], sys.flags.interactive)
        print(inspect.getsource(f).strip(), os.path.isfile(__file__), os.path.getsize(__file__), sys.stdin.read() == '')
        print(sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:3], threading.active_count(), signal.getsignal(signal.SIGPIPE))
        print(os.getsid(0) == os.getpid(), os.getppid(), os.getcwd())
        import atexit; atexit.register(print, 'bye')
        def g(): raise ValueError('bad')
        g()
        """;

    [Fact(Timeout = 60_000)]
    public async Task A_poured_program_cannot_be_told_from_one_started_on_its_file()
    {
        await using var poured = await RunscAgent.StartAsync(binaries);
        var mould = poured.Start(Start.PythonMould(Script, Result));
        Assert.Equal(FrameType.Started, (await mould.Answer).Type);
        mould.Pour(Inspection);
        Assert.Equal(FrameType.Poured, (await mould.PourAnswer).Type);
        var exit = await mould.EndedAsync();

        await using var started = await RunscAgent.StartAsync(binaries);
        var (plainExit, plain) = await started.RunAsync(new Start("python3", Script) { File = (Script, Inspection) });
        Assert.Equal((1, 1), (plainExit.Code, exit.Code));
        Assert.Contains("ValueError: bad", plain.Stderr);
        Assert.Contains("    g()\n", plain.Stderr);
        Assert.Equal(plain.Stdout, mould.Stdout);
        Assert.Equal(plain.Stderr, mould.Stderr);
    }

    [Fact(Timeout = 60_000)]
    public async Task Limits_of_a_pour_hold_and_its_result_comes_on_its_own_channel()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var mould = agent.Start(Start.PythonMould(Script, Result));
        mould.Pour(
            $"""
            import resource, module
            print(resource.getrlimit(resource.RLIMIT_FSIZE), module.name)
            with open('{Result}', 'w') as f: f.write('x' * 1000000)
            """, Start.Result, [(1, 2_000_000)], ("/tmp/module.py", "name = 'module'"));
        Assert.Equal(0, (await mould.EndedAsync()).Code);
        await mould.End(3);
        Assert.Equal("(2000000, 2000000) module\n", mould.Stdout);
        Assert.Equal(new string('x', 1_000_000), mould.Result);
    }

    [Fact(Timeout = 60_000)]
    public async Task Multiprocessing_spawn_finds_the_file_again()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var mould = agent.Start(Start.PythonMould(Script));
        mould.Pour(
            """
            import multiprocessing as m
            def square(x): return x * x
            if __name__ == '__main__':
                with m.get_context('spawn').Pool(1) as pool: print(pool.map(square, [1, 2, 3]))
            """);
        Assert.True((await mould.EndedAsync()).Code == 0, mould.Stderr);
        Assert.Equal("[1, 4, 9]\n", mould.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_megabyte_and_a_half_of_code_is_poured()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var mould = agent.Start(Start.PythonMould(Script));
        mould.Pour($"text = '{new string('x', 1_500_000)}'\nprint(len(text))\n");
        Assert.Equal(0, (await mould.EndedAsync()).Code);
        Assert.Equal("1500000\n", mould.Stdout);
    }
}

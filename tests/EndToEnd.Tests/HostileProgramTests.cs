namespace Sandbox.EndToEnd.Tests;

/// <summary>Programs that mean harm. Each ends for the right reason, and the next request is served as if nothing had been.</summary>
[Collection(typeof(OneAtATime))]
public sealed class HostileProgramTests(SharedServer shared)
{
    private const int Deadline = 120_000;

    [Fact(Timeout = Deadline)]
    public async Task A_memory_bomb_is_out_of_memory()
    {
        var run = await Run.PythonAsync(shared.Http, "blocks = []\nwhile True:\n    blocks.append(bytearray(16 * 1024 * 1024))", "&timeout=60");
        Assert.Equal("out_of_memory", run.Reason);
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_memory_bomb_of_many_processes_is_out_of_memory()
    {
        var run = await Run.PythonAsync(shared.Http, """
            import os, time
            for _ in range(20):
                if os.fork() == 0:
                    block = bytearray(100 * 1024 * 1024)
                    time.sleep(60)
                    os._exit(0)
            for _ in range(20):
                pid, status = os.wait()
                if os.WIFSIGNALED(status):
                    print('a child was killed')
                    break
            """, "&timeout=60");
        Assert.True(run.Reason == "out_of_memory" || run.Stdout == "a child was killed\n", $"{run.Reason}: {run.Stdout}");
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_fork_bomb_meets_the_process_limit_and_then_the_clock()
    {
        var run = await Run.BashAsync(shared.Http, ":(){ :|:& };:\nwait; sleep 60", "&timeout=5");
        Assert.Contains(run.Reason, new[] { "timeout", "exited", "out_of_memory" });
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_file_bomb_meets_the_end_of_its_disk()
    {
        var run = await Run.PythonAsync(shared.Http, """
            try:
                with open('/home/user/big', 'wb') as f:
                    while True: f.write(b'x' * (1 << 20))
            except OSError as e:
                print(e.errno)
            """);
        Assert.Equal("28\n", run.Stdout);
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_bomb_of_a_million_small_files_harms_nobody_else()
    {
        var run = await Run.PythonAsync(shared.Http, """
            import os
            os.makedirs('/tmp/many')
            i = 0
            while True:
                open(f'/tmp/many/{i}', 'w').close()
                i += 1
            """, "&timeout=8");
        Assert.Contains(run.Reason, new[] { "timeout", "exited", "out_of_memory" });
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Endless_output_reaches_the_output_limit()
    {
        var run = await Run.BashAsync(shared.Http, "yes", "&timeout=60");
        Assert.Equal("output_limit", run.Reason);
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Killing_everything_in_sight_kills_no_more_than_the_program()
    {
        var run = await Run.PythonAsync(shared.Http, """
            import os, signal
            for target in (1, 2, -1):
                try:
                    os.kill(target, signal.SIGKILL)
                except OSError as e:
                    print(target, e.errno)
            print('alive')
            """);
        Assert.Contains("alive", run.Stdout);
        Assert.Equal("exited", run.Reason);
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Closing_every_descriptor_ends_the_output_and_not_the_program()
    {
        var run = await Run.PythonAsync(shared.Http, "import os\nprint('before')\nos.closerange(0, 1024)\nos._exit(3)");
        Assert.Equal(("before\n", 3), (run.Stdout, run.Code));
    }

    [Fact(Timeout = Deadline)]
    public async Task Garbage_in_every_descriptor_reaches_nothing_but_the_programs_own_output()
    {
        var run = await Run.PythonAsync(shared.Http, """
            import os
            for fd in range(3, 1024):
                try:
                    os.write(fd, b'\xff\x00\x85garbage' * 100)
                except OSError:
                    pass
            os.write(1, b'done')
            """);
        Assert.Equal(("done", 0), (run.Stdout, run.Code));
        await StillServesAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_missing_program_is_the_scripts_own_trouble()
    {
        var run = await Run.BashAsync(shared.Http, "exec /no/such/program");
        Assert.Equal(127, run.Code);
        Assert.Contains("/no/such/program", run.Stderr);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_that_ignores_every_signal_is_still_ended_by_the_clock()
    {
        var run = await Run.PythonAsync(shared.Http, """
            import os, signal, time
            for s in range(1, 65):
                try: signal.signal(s, signal.SIG_IGN)
                except (OSError, ValueError): pass
            if os.fork() == 0: os.setsid()
            while True: time.sleep(1)
            """, "&timeout=1");
        Assert.Equal("timeout", run.Reason);
    }

    [Fact(Timeout = Deadline)]
    public async Task There_is_no_network_but_the_sandboxs_own_loopback()
    {
        var run = await Run.PythonAsync(shared.Http, """
            import socket, threading
            listener = socket.create_server(('127.0.0.1', 0))
            threading.Thread(target=lambda: listener.accept()[0].sendall(b'hi'), daemon=True).start()
            print(socket.create_connection(listener.getsockname(), 5).recv(2).decode())
            for target in (('192.0.2.1', 80), ('8.8.8.8', 53)):
                try:
                    socket.create_connection(target, 3)
                    print('connected')
                except OSError as e:
                    print(type(e).__name__)
            """);
        Assert.StartsWith("hi\n", run.Stdout);
        Assert.DoesNotContain("connected", run.Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_server_itself_cannot_be_reached_from_a_sandbox()
    {
        var run = await Run.PythonAsync(shared.Http, $$"""
            import socket
            try:
                socket.create_connection(('127.0.0.1', {{shared.Server.Address.Port}}), 3)
                print('connected')
            except OSError as e:
                print('refused')
            """);
        Assert.Equal("refused\n", run.Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task No_file_of_the_host_is_visible()
    {
        var run = await Run.BashAsync(shared.Http, $"""
            ls -d {shared.Server.DataDirectory} /agent /l 2>&1
            cat /proc/mounts | cut -d' ' -f2,3
            cat /etc/hostname 2>/dev/null
            env
            """);
        Assert.DoesNotContain(shared.Server.DataDirectory + "\n", run.Stdout.Replace("'", "", StringComparison.Ordinal));
        Assert.DoesNotContain("9p", run.Stdout);
        Assert.DoesNotContain(Environment.MachineName + "\n", run.Stdout);
    }

    private async Task StillServesAsync()
    {
        var run = await Run.PythonAsync(shared.Http, "print('still here')");
        Assert.Equal("still here\n", run.Stdout);
    }
}

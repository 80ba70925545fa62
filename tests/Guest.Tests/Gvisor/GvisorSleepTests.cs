using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Checkpoints by runsc itself, of a sandbox whose programs run, and what goes on in the containers that they are restored into.</summary>
public sealed class GvisorSleepTests(GuestBinaries binaries, ITestOutputHelper output)
{
    private const string Loop = "import itertools, time\nfor i in itertools.count(): print(i, flush=True); time.sleep(0.003)";

    [Fact(Timeout = 180_000)]
    public async Task Everything_goes_on_where_it_was()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var loop = agent.Start(Start.Python(Loop));
        var pipeline = agent.Start(Start.Shell("i=0; while :; do i=$((i+1)); echo $i; done | sed -u 's/$/!/' | awk '{ print $0 NR; fflush(); system(\"sleep 0.01\") }'"));
        var file = agent.Start(Start.Shell("exec 9> /tmp/open; rm /tmp/open; exec 8< /proc/self/fd/9; while read x; do echo $x >&9; done; cat <&8") with { Flags = 0 });
        file.Write(0, "one\n"u8);
        var python = agent.Start(new Start("python3", "-i", "-q", "-u") { Flags = 0 });
        python.Write(0, "answer = 42\nprint('de' + 'fined')\n"u8);
        var servers = agent.Start(Start.Python(
            """
            import socket, threading, time
            listener = socket.create_server(('127.0.0.1', 4567))
            def serve():
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=echo, args=(connection,), daemon=True).start()
            def echo(connection):
                while data := connection.recv(1000): connection.sendall(data)
            threading.Thread(target=serve, daemon=True).start()
            client = socket.create_connection(('127.0.0.1', 4567))
            i = 0
            while True:
                client.sendall(b'%d\n' % i); print(client.makefile().readline(), end='', flush=True); i += 1; time.sleep(0.003)
            """));
        var job = await Terminal.ShellAsync(agent);
        await job.DoAsync("(until test -e /tmp/go; do sleep 0.05; done; echo job do\"\"ne) & x=ki\"\"pt; echo star\"\"ted", "started\r\n");
        var editor = new Terminal(agent.Start(Start.Terminal("vim", "/tmp/edited")));
        await editor.InVimAsync(editor.SeeAsync("All"));
        await editor.TypeAsync("iunsaved text\u001b");
        await editor.InVimAsync(editor.SeeAsync("unsaved text"));
        await python.UntilAsync(() => python.Stdout.Contains("defined\n", StringComparison.Ordinal));
        await agent.PingAsync();
        foreach (var program in (GuestProgram[])[loop, pipeline, servers])
            await program.UntilAsync(() => program.Received(1) > 200);

        var (held, image) = await SleepAsync(bundle, agent);
        await using var copy = await WakeAsync(bundle, image, held);
        (loop, pipeline, servers, file, python) = (copy.Same(loop), copy.Same(pipeline), copy.Same(servers), copy.Same(file), copy.Same(python));
        foreach (var program in (GuestProgram[])[loop, pipeline, servers])
        {
            var before = program.Received(1);
            await program.UntilAsync(() => program.Received(1) > before + 200);
        }

        AssertCounts(loop.Stdout);
        AssertCounts(servers.Stdout);
        var lines = pipeline.Stdout.Split('\n')[..^1];
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(i => $"{i}!{i}"), lines);

        file.Write(4, "two\n"u8);
        file.EndInput(8);
        Assert.Equal(0, (await file.EndedAsync()).Code);
        Assert.Equal("one\ntwo\n", file.Stdout);
        python.Write(34, "print(answer + 1)\nexit(3)\n"u8);
        Assert.Equal(3, (await python.EndedAsync()).Code);
        Assert.Equal("defined\n43\n", python.Stdout);

        await copy.RunAsync(Start.Shell("touch /tmp/go"));
        job = job.On(copy);
        await job.SeeAsync("job done\r\n");
        await job.DoAsync("echo still $x; jobs", "still kipt\r\n");
        editor = editor.On(copy);
        await editor.TypeAsync("a and more\u001b:wq\r");
        Assert.Equal(0, (await editor.InVimAsync(editor.Program.EndedAsync())).Code);
        var (_, saved) = await copy.RunAsync(Start.Shell("cat /tmp/edited"));
        Assert.Equal("unsaved text and more\n", saved.Stdout);
    }

    [Fact(Timeout = 180_000)]
    public async Task The_original_and_two_copies_of_it_go_on_apart()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync(new Configuration { Generation = "g0", Sandbox = "original" });
        var loop = agent.Start(Start.Python(Loop));
        var shell = agent.Start(new Start("python3", "-i", "-q", "-u") { Flags = 0 });
        const string import = "import os\nprint(os.urandom(16).hex())\n";
        shell.Write(0, Encoding.ASCII.GetBytes(import));
        await shell.UntilAsync(() => shell.Received(1) == 33);
        await loop.UntilAsync(() => loop.Received(1) > 100);

        var held = await agent.HoldAsync();
        var image = await bundle.CheckpointAsync(leaveRunning: true);
        await agent.ResumeAsync(Resume.Original);
        await using var first = bundle.Restore(image, held);
        await first.ResumeAsync(new Resume { Generation = "g1", Sandbox = "first", Hostname = "one" });
        await using var second = await bundle.RestoreIntoCreatedAsync(image, held);
        await second.ResumeAsync(new Resume { Generation = "g2", Sandbox = "second", Hostname = "two" });

        const string ask = "print(os.urandom(16).hex(), os.getrandom(16).hex(), open('/dev/urandom', 'rb', 0).read(16).hex())\n";
        const string tell = "hostname; cat /run/sandbox/id /run/sandbox/generation";
        var randoms = new List<string>();
        foreach (var (session, told) in ((AgentSession, string)[])[(agent, "box\noriginal\ng0\n"), (first, "one\nfirst\ng1\n"), (second, "two\nsecond\ng2\n")])
        {
            var (_, identity) = await session.RunAsync(Start.Shell(tell));
            Assert.Equal(told, identity.Stdout);
            var own = session.Same(shell);
            own.Write((ulong)import.Length, Encoding.ASCII.GetBytes(ask));
            await own.UntilAsync(() => own.Stdout.Count(c => c == '\n') == 2);
            randoms.AddRange(own.Stdout.Split('\n')[1].Split(' '));
            own = session.Same(loop);
            var before = own.Received(1);
            await own.UntilAsync(() => own.Received(1) > before + 200);
            AssertCounts(own.Stdout);
        }

        Assert.Equal(9, randoms.Distinct().Count());
        Assert.All(randoms, random => Assert.Equal(32, random.Length));
    }

    [Fact(Timeout = 180_000)]
    public async Task A_copy_sleeps_and_wakes_again_and_again()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var loop = agent.Start(Start.Python(Loop));
        await loop.UntilAsync(() => loop.Received(1) > 100);
        var (held, image) = await SleepAsync(bundle, agent);
        for (var round = 0; round < 3; round++)
        {
            await using var copy = await WakeAsync(bundle, image, held);
            var own = copy.Same(loop);
            var before = own.Received(1);
            await own.UntilAsync(() => own.Received(1) > before + 100);
            var (_, beside) = await copy.RunAsync(Start.Shell("cat /run/sandbox/generation"));
            Assert.Equal("g1\n", beside.Stdout);
            (held, image) = await SleepAsync(bundle, copy);
            AssertCounts(own.Stdout);
        }
    }

    [Fact(Timeout = 180_000)]
    public async Task A_flood_is_cut_and_goes_on_to_the_byte()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var programs = Enumerable.Range(1, 3).Select(i => agent.Start(Start.Shell($"seq {i}0000 {i}99999 >&2 & seq {i} 400000; wait"))).ToList();
        // One that the host does not read on from: its ring and pipe are full.
        var blocked = agent.Start(new Start("/usr/bin/seq", "100000"), acknowledges: false);
        await blocked.UntilAsync(() => blocked.Received(1) == 262_144);
        var (held, image) = await SleepAsync(bundle, agent);
        await using var copy = await WakeAsync(bundle, image, held);
        foreach (var (program, i) in programs.Select((program, i) => (copy.Same(program), i + 1)))
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.True(program.Stdout == Lines(i, 400_000), $"stdout of {i}");
            Assert.True(program.Stderr == Lines(i * 10_000, (i * 100_000) + 99_999), $"stderr of {i}");
        }

        blocked = copy.Same(blocked);
        Assert.Equal(262_144, blocked.Received(1));
        for (var acknowledged = 0L; !blocked.HasDrained;)
        {
            blocked.Acknowledge(1, (ulong)(acknowledged = blocked.Received(1)));
            await blocked.UntilAsync(() => blocked.Received(1) > acknowledged || blocked.HasDrained);
        }

        Assert.Equal(Lines(1, 100_000), blocked.Stdout);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_mould_that_waits_is_poured_in_the_copy()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var mould = agent.Start(Start.PythonMould("/tmp/main.py", "/tmp/.result"));
        Assert.Equal(FrameType.Started, (await mould.Answer).Type);
        var (held, image) = await SleepAsync(bundle, agent);
        await using var copy = await WakeAsync(bundle, image, held);
        mould = copy.Same(mould);
        mould.Pour("print(__file__); open('/tmp/.result', 'w').write('result')", Start.Result);
        Assert.Equal(FrameType.Poured, (await mould.PourAnswer).Type);
        Assert.Equal(0, (await mould.EndedAsync()).Code);
        await mould.End(3);
        Assert.Equal(("/tmp/main.py\n", "result"), (mould.Stdout, mould.Result));
    }

    [Fact(Timeout = 180_000)]
    public async Task Births_and_a_pour_that_go_on_come_to_their_end_in_the_copy()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var mould = agent.Start(new Start("/bin/sh", "/tmp/main") { Flags = Start.NoStdin | Start.Mould, MouldPath = "/tmp/main" });
        Assert.Equal(FrameType.Started, (await mould.Answer).Type);
        mould.Pour($"echo {new string('x', 500_000)}");
        var programs = Enumerable.Range(0, 60).Select(i => agent.Start(new Start("/bin/echo", $"{i}"))).ToList();
        var (held, image) = await SleepAsync(bundle, agent);
        await using var copy = await WakeAsync(bundle, image, held);
        output.WriteLine($"{programs.Count(program => copy.Same(program).Answer.IsCompleted)} of {programs.Count} were born before");
        foreach (var (program, i) in programs.Select((program, i) => (copy.Same(program), i)))
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.Equal($"{i}\n", program.Stdout);
        }

        Assert.Equal(0, (await copy.Same(mould).EndedAsync()).Code);
        Assert.Equal(500_001, copy.Same(mould).Received(1));
        // A start of the time before is still known.
        var again = copy.Start(new Start("/bin/echo", "twice") { Id = $"p{programs[0].Number}" });
        var known = await again.Answer;
        Assert.Equal((FrameType.Started, (byte)1), (known.Type, known.Payload[4]));
    }

    [Fact(Timeout = 180_000)]
    public async Task The_clocks_of_a_copy_have_gone_on_by_the_time_it_slept()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var clocks = agent.Start(new Start("python3", "-c", "import sys, time\nfor _ in sys.stdin: print(int(time.monotonic() * 1000), int(time.time() * 1000), flush=True)") { Flags = 0 });
        clocks.Write(0, "\n"u8);
        await clocks.UntilAsync(() => clocks.Stdout.EndsWith('\n'));
        var (held, image) = await SleepAsync(bundle, agent);
        await using var copy = await WakeAsync(bundle, image, held);
        clocks = copy.Same(clocks);
        clocks.Write(1, "\n"u8);
        await clocks.UntilAsync(() => clocks.Stdout.Count(c => c == '\n') == 2);
        var times = clocks.Stdout.Split('\n')[..2].Select(line => line.Split(' ').Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        output.WriteLine(clocks.Stdout);
        Assert.InRange(times[1][0] - times[0][0], 50, long.MaxValue);
        Assert.InRange(times[1][0] - times[0][0] - (times[1][1] - times[0][1]), -20, 20);
    }

    private async Task<(HeldSandbox Held, string Image)> SleepAsync(RunscBundle bundle, AgentSession agent)
    {
        var watch = Stopwatch.StartNew();
        var held = await agent.HoldAsync();
        var hold = watch.ElapsedMilliseconds;
        var image = await bundle.CheckpointAsync(leaveRunning: false);
        var size = new DirectoryInfo(image).EnumerateFiles().Sum(file => file.Length);
        output.WriteLine($"held after {hold} ms, checkpointed {watch.ElapsedMilliseconds - hold} ms later: {size / 1024} KiB");
        return (held, image);
    }

    private async Task<AgentSession> WakeAsync(RunscBundle bundle, string image, HeldSandbox held)
    {
        var watch = Stopwatch.StartNew();
        var copy = bundle.Restore(image, held);
        try
        {
            await copy.ResumeAsync(Resume.Copy("g1"));
            output.WriteLine($"resumed after {watch.ElapsedMilliseconds} ms");
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    private static void AssertCounts(string lines)
    {
        var numbers = lines.Split('\n')[..^1];
        Assert.Equal(Enumerable.Range(0, numbers.Length).Select(i => i.ToString(CultureInfo.InvariantCulture)), numbers);
    }

    private static string Lines(int from, int to) =>
        string.Concat(Enumerable.Range(from, to - from + 1).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n"));
}

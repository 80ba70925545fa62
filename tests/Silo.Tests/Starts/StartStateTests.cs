using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Starts;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Sandboxes;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Starts;

/// <summary>Sandboxes that begin from a start state.</summary>
[Collection("runsc")]
public sealed class StartStateTests(TestBinaries binaries, LiveTemplate template)
{
    private static readonly StartCommand _pandas = StartCommand.Find("base", "pandas")!;
    private static readonly SandboxSpec _spec = LiveHost.Spec with { Start = "pandas" };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task The_first_python_has_pandas_and_random_numbers_of_its_own_and_is_otherwise_as_one_that_was_started_cold()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        await ReadyAsync(host);
        var warm = await host.CreateAsync("owner/warm", _spec with { Environment = new() { ["GREETING"] = "hello" } });
        var cold = await host.CreateAsync("owner/cold", LiveHost.Spec with { Environment = new() { ["GREETING"] = "hello" } });
        const string look = """
            import os, sys
            loaded = "pandas" in sys.modules
            import pandas
            print(pandas.Series([1, 2]).sum(), __name__, len(sys.argv), os.getcwd(), os.getuid(), sys.path[1:], sys.flags, sorted(os.environ.items()))
            print(sorted(set(globals()) - {"look"}), __builtins__ is sys.modules["builtins"], type(__loader__).__name__, __spec__, os.path.exists(__file__), open(__file__).readline())
            print(sys.stdin.read(), sorted(os.listdir("/tmp")) == [os.path.basename(__file__)], os.path.dirname(__file__))
            print(sorted(os.listdir("/proc/self/fd")), os.getppid(), os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), file=sys.stderr)
            print(loaded, file=sys.stderr)
            sys.stdout.flush()
            def fail(): raise KeyError("gone")
            fail()
            """;
        var (a, b) = (await RunAsync(warm, look), await RunAsync(cold, look));
        Assert.Equal(b.Out, a.Out);
        Assert.Equal(b.Error.Replace("False\n", "True\n", StringComparison.Ordinal).Replace("/tmp/.sandbox-run-1.py", "/tmp/.sandbox-start.py", StringComparison.Ordinal), a.Error);
        Assert.Contains("KeyError: 'gone'", a.Error, StringComparison.Ordinal);
        Assert.Equal((1, 1), (a.End.Code, b.End.Code));

        // The next one is cold: a user's code has been near.
        Assert.Equal("False\n", (await RunAsync(warm, "import sys; print('pandas' in sys.modules)", "again")).Out);
        Assert.True((await warm.StartAsync(Code("run", Language.Python, "1"), Test)).Value!.Known);

        const string draw = """
            import os, random, ssl, uuid, numpy, sys
            print(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), random.SystemRandom().random(), os.urandom(8).hex(), uuid.uuid4(), ssl.RAND_bytes(8).hex())
            print(open("/run/sandbox/generation").read(), "numpy" in sys.modules, sep="")
            """;
        var draws = new List<string[]>();
        for (var i = 0; i < 3; i++)
        {
            var sandbox = await host.CreateAsync($"owner/box-{i}", _spec);
            // What it is to work on may come before it does.
            await sandbox.PutAsync(FileTesting.Write("/home/user/data"), [1]);
            var (text, error, _) = await RunAsync(sandbox, draw);
            Assert.Equal("", error);
            draws.Add(text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)[..8]);
            await sandbox.DisposeAsync();
        }

        for (var kind = 0; kind < 8; kind++) Assert.Equal(3, draws.Select(drawn => drawn[kind]).Distinct().Count());
    }

    [LiveFact]
    public async Task What_it_cannot_become_starts_cold_and_it_survives_sleep_and_one_that_is_damaged_is_made_again()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var state = await ReadyAsync(host);
        const string tell = "import sys, os; print('pandas' in sys.modules, os.getuid(), os.getcwd())";
        ProcessSpec[] odd =
        [
            Code("root", Language.Python, tell) with { Root = true },
            Code("directory", Language.Python, tell) with { Directory = "/tmp" },
            Code("environment", Language.Python, tell) with { Environment = new() { ["PYTHONHASHSEED"] = "0" } },
            Shell("shell", "python3 -c \"" + tell + "\""),
        ];
        foreach (var process in odd)
        {
            var sandbox = await host.CreateAsync("owner/odd", _spec);
            Assert.StartsWith("False ", await (await sandbox.StartAsync(process)).TextAsync(), StringComparison.Ordinal);
            await sandbox.DisposeAsync();
        }

        var larger = await host.CreateAsync("owner/larger", _spec with { MemoryBytes = _spec.MemoryBytes + (64 << 20) });
        Assert.StartsWith("False ", (await RunAsync(larger, tell)).Out, StringComparison.Ordinal);
        var unknown = await host.Sandboxes.StartAsync("owner/none", LiveHost.Spec with { Start = "none" }, elsewhere: null, Test);
        Assert.Equal((SandboxErrorCode.Invalid, "The template 'base' has no start state 'none'. It has: pandas."), (unknown.Error!.Code, unknown.Error.Message));
        await larger.DisposeAsync();
        await SleepsAsync(host);
        await IsMadeAgainAsync(host, state);
    }

    private static async Task SleepsAsync(LiveHost host)
    {
        var sandbox = await host.CreateAsync("owner/one", _spec);
        sandbox = await SleepAsync(host, sandbox, 2);
        var running = await sandbox.StartAsync(Code("run", Language.Python, "print('on', flush=True)\nimport time\nwhile True: time.sleep(0.01); print('on', flush=True)"));
        await running.UntilAsync("on\non\n");
        sandbox = await SleepAsync(host, sandbox, 3);
        var at = sandbox.Find("run")!.Describe().Channels[0].Offset;
        await UntilAsync(() => sandbox.Find("run")!.Describe().Channels[0].Offset > at);
        await sandbox.DisposeAsync();
    }

    private static async Task IsMadeAgainAsync(LiveHost host, StartState state)
    {
        File.WriteAllText(Path.Combine(state.Files.Directory, "image", "pages_meta.img"), "damaged");
        var cold = await host.CreateAsync("owner/two", _spec);
        Assert.Equal("3\n", (await RunAsync(cold, "import pandas; print(pandas.Series([1, 2]).sum())")).Out);
        var made = await ReadyAsync(host);
        Assert.NotEqual(state.Manifest.Id, made.Manifest.Id);
        var warm = await host.CreateAsync("owner/three", _spec);
        Assert.Equal("True\n", (await RunAsync(warm, "import sys; print('pandas' in sys.modules)")).Out);
    }

    [LiveFact]
    public async Task A_program_of_a_state_goes_on_in_each_sandbox_and_can_be_written_to()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1 });
        var command = new StartCommand { Arguments = ["sh", "-c", "echo early > kept; echo ready; read line; echo \"got $line in $(cat kept)\"; read line"] };
        var state = await host.Starts.PrepareAsync(command, [host.Template]);
        Assert.NotNull(state);
        foreach (var name in new[] { "one", "two" })
        {
            var (started, begun) = await host.Starts.StartAsync(state, Test);
            Assert.True(begun);
            var process = Assert.Single(started.Processes.Values);
            Assert.Equal(StartCommand.ProcessId, process.Id);
            Assert.True(await process.WriteInputAsync(System.Text.Encoding.ASCII.GetBytes(name + "\n"), Test));
            await foreach (var chunk in process.ReadChannelAsync(Silo.Link.LinkChannel.Stdout, Test))
            {
                Assert.Equal($"got {name} in early\n", System.Text.Encoding.ASCII.GetString(chunk.Data));
                break;
            }

            await started.DisposeAsync();
        }

        // The next server finds what this one made, until it is removed.
        await using (var next = host.NewStarts()) Assert.Equal(state.Manifest.Id, (await next.PrepareAsync(command, [host.Template]))?.Manifest.Id);
        await host.Starts.RemoveAsync([host.Template], Test);
        var again = await host.Starts.PrepareAsync(command, [host.Template]);
        Assert.NotEqual(state.Manifest.Id, again!.Manifest.Id);

        // One that has ended left what it did, and one that fails is no state.
        Assert.NotNull(await host.Starts.PrepareAsync(new StartCommand { Arguments = ["sh", "-c", "echo done > kept"] }, [host.Template]));
        Assert.Null(await host.Starts.PrepareAsync(new StartCommand { Arguments = ["sh", "-c", "echo no >&2; exit 3"] }, [host.Template]));
    }

    private static async Task<StartState> ReadyAsync(LiveHost host)
    {
        var state = await host.Starts.PrepareAsync(_pandas, [host.Template]);
        Assert.NotNull(state);
        return state;
    }

    private static async Task<(string Out, string Error, ProcessEnd End)> RunAsync(ILiveSandbox sandbox, string code, string id = "run")
    {
        var process = await sandbox.StartAsync(Code(id, Language.Python, code));
        var (text, error) = (await process.TextAsync(), await process.TextAsync(ProcessChannel.Stderr));
        return (text, error, await process.Ended);
    }

    private static async Task<ILiveSandbox> SleepAsync(LiveHost host, ILiveSandbox sandbox, int epoch)
    {
        var slept = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Epoch = epoch - 1, Timeline = 1 }, Test);
        Assert.True(slept.Succeeded, slept.Error?.Message);
        await sandbox.DisposeAsync();
        var woken = await host.Sandboxes.RestoreAsync("owner/one", _spec, new CheckpointRestore { CheckpointId = slept.Value.Id, Epoch = epoch, Timeline = 1 }, elsewhere: null, Test);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        return woken.Value;
    }
}

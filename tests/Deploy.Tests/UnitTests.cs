#if ORLEANS
using System.Net;
using Sandbox.Silo.Cluster;
#endif
using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>The units in deploy/systemd, to systemd's own judgement.</summary>
public sealed class UnitTests : IAsyncDisposable
{
    private static readonly string[] _units = ["sandbox-silo.service", "sandbox-gateway.service"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sandbox-units-");
    private readonly string _data = SandboxServer.CreateDataDirectory();

    public async ValueTask DisposeAsync()
    {
        await SandboxServer.RemoveDataDirectoryAsync(_data);
        _folder.Delete(recursive: true);
    }

    [Fact(Timeout = 60_000)]
    public async Task Systemd_finds_nothing_to_say_about_the_units_and_much_about_one_that_is_wrong()
    {
        var right = await CopyAsync(text => text);
        Assert.Equal((0, ""), await VerifyAsync(right));

        var wrong = await CopyAsync(text => text.Replace("ProtectSystem=", "ProtectSystm=", StringComparison.Ordinal).Replace("TimeoutStopSec=20", "TimeoutStopSec=long", StringComparison.Ordinal));
        var (_, said) = await VerifyAsync(wrong);
        Assert.Contains("Unknown key 'ProtectSystm' in section [Service]", said, StringComparison.Ordinal);
        Assert.Contains("Failed to parse time value", said, StringComparison.Ordinal);
    }

#if ORLEANS
    /// <summary>A gateway, until it has had something executed and was asked to stop, recorded by strace.</summary>
    private const string Record = """
        strace --follow-forks --summary-only --output=calls dotnet "$1" gateway --port 0 --Cluster:Localhost "$2" --Cluster:Gateways "$3" > log 2>&1 &
        strace=$!
        for i in $(seq 300); do
            address=$(sed -n 's/.*is ready at //p' log)
            ! test "$address" || break
            sleep 0.1
        done
        curl --silent --fail "$address/healthz"
        curl --silent --fail --header 'Content-Type: text/plain' --data 'echo executed' "$address/execute?language=bash"
        kill -TERM $(cat /proc/$strace/task/$strace/children)
        wait $strace
        """;

    [Fact(Timeout = 90_000)]
    public async Task The_gateways_unit_refuses_no_system_call_that_it_makes_and_those_that_it_never_should()
    {
        var (port, gateways) = ($"{ClusterJoin.FreePort(IPAddress.Loopback)}", $"{ClusterJoin.FreePort(IPAddress.Loopback)}");
        var key = Path.Combine(_folder.FullName, "key");
        await File.WriteAllBytesAsync(key, new byte[32], TestContext.Current.CancellationToken);
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        await using var silo = await SandboxServer.StartOnAsync(
            _data, "--blobs", Path.Combine(_data, "blobs"), "--Checkpoints:KeyFile", key, "--Cluster:Localhost", port, "--Cluster:SiloPort", port, "--Cluster:GatewayPort", gateways);
        Assert.Contains("executed", await Tool.RunAsync(_folder.FullName, 60, new Dictionary<string, string?>(), "sh", "-c", Record, "record", SetUp.ServerAssembly, port, gateways), StringComparison.Ordinal);
        var made = (await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "calls"), TestContext.Current.CancellationToken))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length > 4 && char.IsDigit(parts[0][0])).Select(parts => parts[^1])
            .Where(name => name is not "total").ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(["futex", "epoll_wait", "mprotect", "socket", "bind"], StringComparer.Ordinal), made);

        var allowed = await FilterAsync(Path.Combine(SetUp.Repository, "deploy", "systemd", "sandbox-gateway.service"));
        Assert.Empty(made.Except(allowed));
        Assert.Empty(allowed.Intersect(["ptrace", "mount", "bpf", "init_module", "kexec_load", "chroot", "perf_event_open"], StringComparer.Ordinal));
    }

    /// <summary>What a unit's <c>SystemCallFilter</c> lines allow in the end, each of which adds to those before it, or takes away.</summary>
    private async Task<HashSet<string>> FilterAsync(string unit)
    {
        var allowed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in (await File.ReadAllLinesAsync(unit, TestContext.Current.CancellationToken)).Where(line => line.StartsWith("SystemCallFilter=", StringComparison.Ordinal)))
        {
            var value = line["SystemCallFilter=".Length..];
            foreach (var name in value.TrimStart('~').Split(' '))
            {
                if (value[0] is '~') allowed.ExceptWith(await CallsAsync(name));
                else allowed.UnionWith(await CallsAsync(name));
            }
        }

        return allowed;
    }

    /// <summary>The calls of a set, and of the sets in it.</summary>
    private async Task<IEnumerable<string>> CallsAsync(string name)
    {
        if (name[0] is not '@') return [name];
        var listed = await Tool.RunAsync(_folder.FullName, 30, new Dictionary<string, string?>(), "systemd-analyze", "syscall-filter", name);
        var calls = new List<string>();
        foreach (var entry in listed.Split('\n').Where(line => line.StartsWith(' ')).Select(line => line.Trim()).Where(entry => entry is not ['#', ..])) calls.AddRange(await CallsAsync(entry));
        return calls;
    }
#endif

    /// <summary>Copies them, with a dotnet that is where this machine has it.</summary>
    private async Task<string[]> CopyAsync(Func<string, string> change)
    {
        var copies = new List<string>();
        foreach (var unit in _units)
        {
            var text = await File.ReadAllTextAsync(Path.Combine(SetUp.Repository, "deploy", "systemd", unit), TestContext.Current.CancellationToken);
            copies.Add(Path.Combine(_folder.FullName, unit));
            await File.WriteAllTextAsync(copies[^1], change(text.Replace("/usr/bin/dotnet", Environment.ProcessPath!, StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        }

        return [.. copies];
    }

    private async Task<(int Code, string Said)> VerifyAsync(string[] units)
    {
        await using var tool = Tool.Start(_folder.FullName, 30, new Dictionary<string, string?>(), ["systemd-analyze", "verify", "--man=no", .. units]);
        return (await tool.WaitAsync(), tool.Output);
    }
}

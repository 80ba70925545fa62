using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>The units in deploy/systemd, to systemd's own judgement.</summary>
public sealed class UnitTests : IDisposable
{
    private static readonly string[] _units = ["sandbox-silo.service", "sandbox-gateway.service"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sandbox-units-");

    public void Dispose() => _folder.Delete(recursive: true);

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

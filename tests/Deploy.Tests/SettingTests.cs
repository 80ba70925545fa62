using System.Text.RegularExpressions;
using Sandbox.Silo.Hosting;
using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>What deploy/ sets is what the server knows.</summary>
public sealed partial class SettingTests
{
    private static readonly string _deploy = Path.Combine(SetUp.Repository, "deploy");

    public static TheoryData<string> Files =>
    [
        .. Directory.EnumerateFiles(_deploy, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".yaml" or ".env" or ".service")
            .Select(file => Path.GetRelativePath(_deploy, file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_variable_is_a_setting(string file)
    {
        var settings = File.ReadAllText(Path.Combine(SetUp.Repository, "docs", "configuration.md"));
        foreach (var name in Variable().Matches(File.ReadAllText(Path.Combine(_deploy, file))).Select(match => match.Groups["name"].Value.Replace("__", ":", StringComparison.Ordinal)))
            Assert.Contains($"\n| `{name}` |", settings, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_command_line_is_one_that_the_server_takes(string file)
    {
        foreach (var line in CommandLine().Matches(File.ReadAllText(Path.Combine(_deploy, file))).Select(match => match.Groups["words"].Value))
        {
            string[] words = [.. Word().Matches(line).Select(match => match.Groups["word"].Value)];
            Assert.True(words[0] == "gateway" ? GatewayCommand.Understands(words[1..]) : ServeCommand.Understands(words[1..]), line);
        }
    }

    [Fact]
    public void There_are_command_lines_in_each_place() => Assert.All(
        ["systemd/sandbox-silo.service", "systemd/sandbox-gateway.service", "compose/compose.yaml", "kubernetes/silo.yaml", "kubernetes/gateway.yaml", "cloudrun/service.yaml"],
        file => Assert.Matches(CommandLine(), File.ReadAllText(Path.Combine(_deploy, file))));

    [GeneratedRegex("SANDBOX_(?<name>[A-Za-z]+(__[A-Za-z0-9]+)*)[=:,]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"(Sandbox\.Silo\.dll |\[)(?<words>(serve|gateway)\b[^\]\n]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommandLine();

    [GeneratedRegex("""[" ,]*(?<word>[^" ,]+)[" ,]*""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}

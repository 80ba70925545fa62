namespace Sandbox.ClientPackages.Tests.CloudRun;

/// <summary>Programs for Cloud Run Sandbox in Python, over TLS, against a real server.</summary>
public sealed class PythonExamplesTests(LiveServers servers) : IDisposable
{
    private const string Python = "/usr/bin/python3"; // Debian's, for which Debian's packages are.
    private readonly Workspace _workspace = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _workspace.Dispose();

    [Fact(Timeout = 180_000)]
    public async Task The_examples_run_as_they_are_written()
    {
        await using var front = await TlsFront.StartAsync(new Uri(servers.Open));

        // In place of Google's library, where there are no credentials of Google's.
        foreach (var (module, text) in new[]
        {
            ("google/__init__.py", ""), ("google/auth/__init__.py", ""), ("google/auth/transport/__init__.py", ""),
            ("google/auth/transport/requests.py", "Request = object"),
            ("google/oauth2/__init__.py", ""), ("google/oauth2/id_token.py", "def fetch_id_token(request, audience): return f'token for {audience}'"),
        })
        {
            var file = _workspace.Path("google-stub", module);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, Cancel);
        }

        Assert.Equal("STDOUT: Hello from the sandbox!\n\n", await RunAsync(front, SeedExamples.PythonBasic));
        Assert.Equal("STDOUT: Hello from the sandbox!\n\n", await RunAsync(front, SeedExamples.PythonBasicOfOld));
        Assert.Equal("restored\n\n", await RunAsync(front, SeedExamples.PythonCheckpoint));
        var more = await RunAsync(front, SeedExamples.PythonMore);
        Assert.Equal(SeedExamples.More, more.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("[more]", StringComparison.Ordinal)));
        Assert.Contains("[more] received", more, StringComparison.Ordinal);
        Assert.DoesNotContain("default.", more, StringComparison.Ordinal);

        await RunAsync(front, SeedExamples.PythonSnapshot);
    }

    private async Task<string> RunAsync(TlsFront front, string example)
    {
        await using var tool = await StartAsync(front, example);
        var code = await tool.WaitAsync();
        Assert.True(code == 0, $"The example\n{example}\nended with code {code}:\n{tool.Output}");
        return tool.Output;
    }

    /// <summary>Runs it as the documents' reader would: within a coroutine.</summary>
    private async Task<Tool> StartAsync(TlsFront front, string example)
    {
        var body = string.Join('\n', example.Replace(SeedExamples.Url, front.Address, StringComparison.Ordinal).Split('\n').Select(line => "    " + line));
        var file = _workspace.Path("example.py");
        await File.WriteAllTextAsync(file, $"import asyncio\nasync def main():\n{body}\nasyncio.run(main())\n", Cancel);
        var environment = front.Environment;
        environment["PYTHONPATH"] = $"{_workspace.Path("clients", "python")}:{_workspace.Path("google-stub")}";
        return Tool.Start(_workspace.Path(), 60, environment, Python, file);
    }
}

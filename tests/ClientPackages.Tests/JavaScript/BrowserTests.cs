using System.Text.Json;

namespace Sandbox.ClientPackages.Tests.JavaScript;

/// <summary>The JavaScript client in a real browser.</summary>
[Collection(typeof(JavaScriptCollection))]
public sealed class BrowserTests(LiveServers servers, JavaScriptPackage package)
{
    [Fact(Timeout = 180_000)]
    public async Task A_page_of_another_origin_runs_code_types_into_a_program_and_deletes_its_sandbox()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "JavaScript", "page.mjs"), Path.Combine(package.Project, "page.mjs"));
        await package.RunAsync("esbuild", "page.mjs", "--bundle", "--format=esm", "--outfile=page.js");
        servers.Pages.Script = await File.ReadAllTextAsync(Path.Combine(package.Project, "page.js"), TestContext.Current.CancellationToken);

        await using var chromium = Tool.Start(
            package.Project, 120, new Dictionary<string, string?>(StringComparer.Ordinal),
            // Its own sandbox is not for root. /dev/shm is small in containers.
            "chromium", "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-breakpad", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
            $"--user-data-dir={Path.Combine(package.Project, "chromium")}", $"{servers.Pages.Origin}/?server={servers.Keyed}&key={servers.Key}");
        var ended = chromium.WaitAsync();
        var first = await Task.WhenAny(servers.Pages.Report, ended);
        Assert.True(first != ended, $"Chromium ended before the page reported:\n{chromium.Output[Math.Max(0, chromium.Output.Length - 5000)..]}");
        var report = await servers.Pages.Report;

        const string expected = """{"python":"42\n","typed":"Name: Ann\r\nHello Ann\r\n","exit":0,"sockets":2,"afterwards":"gone"}""";
        Assert.True(
            JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, report),
            $"The page reported\n{report}\nand Chromium said\n{Console(chromium)}");
    }

    /// <summary>The page's own words, among Chromium's about what the machine lacks.</summary>
    private static string Console(Tool chromium) =>
        string.Join('\n', chromium.Output.Split('\n').Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal)));
}

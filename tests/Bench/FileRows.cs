using System.Diagnostics;
using System.Net.Http.Headers;
using Sandbox.TestServer;
using Sandboxes;

namespace Sandbox.Bench;

/// <summary>Files and directories up and down, over HTTP and through the .NET client, beside <c>cp</c> and <c>tar</c> on the host.</summary>
internal sealed class FileRows(SandboxServer server, SandboxClient client, global::Sandboxes.Sandbox sandbox, HostFiles host) : IAsyncDisposable
{
    private const string File = "/home/user/file";
    private const string Directory = "/home/user/directory";

    public static async Task<FileRows> StartAsync(string platform, int megabytes)
    {
        var server = await SandboxServer.StartAsync("--Runsc:Platform", platform);
        var client = await SandboxClient.ConnectAsync(server.Address);
        return new FileRows(server, client, await client.CreateAsync(new CreateOptions { DiskBytes = 6L * megabytes << 20 }), new HostFiles(megabytes));
    }

    public async Task PrintAsync(int rounds)
    {
        Console.WriteLine($"\nFiles up and down, {host.Bytes / 1e6:0} MB, as one file and as a directory of {host.Count} files, medians of {rounds} rounds, MB/s\n");
        Console.WriteLine("| what | up | down |");
        Console.WriteLine("|---|---:|---:|");
        await RowAsync("a file over HTTP", rounds, () => PutAsync("", File, host.File), () => GetAsync("", File, host.Bytes));
        await RowAsync("a file through the .NET client", rounds, WriteAsync, ReadAsync);
        await RowAsync("a directory over HTTP", rounds, () => PutAsync("/archive", Directory, host.Archive), () => GetAsync("/archive", Directory, host.Bytes));
        await RowAsync("`cp` of the file on the host (both columns)", rounds, host.CopyAsync, host.CopyAsync);
        await RowAsync("`tar` of the directory on the host: unpack, pack", rounds, host.UnpackAsync, host.PackAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await sandbox.DeleteAsync();
        await sandbox.DisposeAsync();
        await client.DisposeAsync();
        await server.DisposeAsync();
        host.Dispose();
    }

    private async Task RowAsync(string name, int rounds, Func<Task> up, Func<Task> down)
    {
        var (ups, downs) = (new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var (sent, got) = (await RateAsync(up), await RateAsync(down));
            if (round < 0) continue;
            ups.Add(sent);
            downs.Add(got);
        }

        Console.WriteLine($"| {name} | {Sample.Of(ups).Median:0} | {Sample.Of(downs).Median:0} |");
    }

    private async Task<double> RateAsync(Func<Task> act)
    {
        await Task.Delay(200);
        var began = Stopwatch.GetTimestamp();
        await act();
        return host.Bytes / 1e6 / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private string Path(string kind, string path) => $"/v1/sandboxes/{sandbox.Id}/files{kind}?path={path}";

    private async Task PutAsync(string kind, string path, string source)
    {
        await using var file = System.IO.File.OpenRead(source);
        using var content = new StreamContent(file, 1 << 18);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await server.Http.PutAsync(Path(kind, path), content);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException(await response.Content.ReadAsStringAsync());
    }

    private async Task GetAsync(string kind, string path, long atLeast)
    {
        using var response = await server.Http.GetAsync(Path(kind, path), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        var (buffer, total) = (new byte[1 << 18], 0L);
        while (await body.ReadAsync(buffer) is > 0 and var read) total += read;
        if (total < atLeast) throw new InvalidOperationException($"{total} bytes came instead of {atLeast}.");
    }

    private async Task WriteAsync()
    {
        await using var file = System.IO.File.OpenRead(host.File);
        await sandbox.Files.WriteAsync(File, file);
    }

    private async Task ReadAsync()
    {
        var total = 0L;
        await foreach (var piece in sandbox.Files.ReadAsync(File)) total += piece.Length;
        if (total != host.Bytes) throw new InvalidOperationException($"{total} bytes came instead of {host.Bytes}.");
    }
}

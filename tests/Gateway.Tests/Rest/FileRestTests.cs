using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;

namespace Sandbox.Gateway.Tests.Rest;

/// <summary>Files by HTTP, and by the hub beside it.</summary>
public sealed class FileRestTests(SharedGateway shared)
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_large_body_is_passed_on_in_parts_and_read_back_whole_and_by_ranges()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var at = $"/v1/sandboxes/{id}/files?path=/home/user/f";
        var content = new byte[3_500_000];
        new Random(3).NextBytes(content);
        using var put = await shared.Http.PutAsync($"{at}&mode=0750&parents=true", new ByteArrayContent(content), Cancel);
        var written = JsonDocument.Parse(await put.Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal((3_500_000, "/home/user/f"), (written.GetProperty("offset").GetInt64(), written.GetProperty("entry").GetProperty("path").GetString()));
        Assert.Equal((0x1e8, true, 3L << 20), (live.Files.LastWrite!.Mode, live.Files.LastWrite.Parents, live.Files.LastWrite.Offset));
        using var got = await shared.Http.GetAsync(at, Cancel);
        Assert.Equal(content, await got.Content.ReadAsByteArrayAsync(Cancel));
        var tag = got.Headers.ETag!;

        async Task<HttpResponseMessage> RangeAsync(RangeHeaderValue range, Action<HttpRequestHeaders>? set = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            request.Headers.Range = range;
            set?.Invoke(request.Headers);
            return await shared.Http.SendAsync(request, Cancel);
        }

        using var part = await RangeAsync(new RangeHeaderValue(1_000_000, 1_099_999), headers => headers.IfMatch.Add(tag));
        Assert.Equal((HttpStatusCode.PartialContent, "bytes 1000000-1099999/3500000"), (part.StatusCode, part.Content.Headers.ContentRange!.ToString()));
        Assert.Equal(content[1_000_000..1_100_000], await part.Content.ReadAsByteArrayAsync(Cancel));
        using var end = await RangeAsync(new RangeHeaderValue(null, 10));
        Assert.Equal(content[^10..], await end.Content.ReadAsByteArrayAsync(Cancel));
        using var beyond = await RangeAsync(new RangeHeaderValue(3_500_000, null));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */3500000"), (beyond.StatusCode, beyond.Content.Headers.ContentRange!.ToString()));
        using var changed = await RangeAsync(new RangeHeaderValue(5, null), headers => headers.IfMatch.Add(new EntityTagHeaderValue("\"other\"")));
        Assert.Equal("changed", (await changed.ProblemAsync(HttpStatusCode.PreconditionFailed, "conflict")).GetProperty("file").GetString());
        using var whole = await RangeAsync(new RangeHeaderValue(5, null), headers => headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue("\"other\"")));
        Assert.Equal((HttpStatusCode.OK, 3_500_000), (whole.StatusCode, whole.Content.Headers.ContentLength));
        using var known = new HttpRequestMessage(HttpMethod.Get, at);
        known.Headers.IfNoneMatch.Add(tag);
        using var same = await shared.Http.SendAsync(known, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);

        var read = await hub.CallAsync("ReadFile", new { sandboxId = id, path = "/home/user/f", offset = 2_000_000, tag = tag.Tag.Trim('"') });
        Assert.Equal(content[2_000_000..(2_000_000 + (1 << 20))], read.Data());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_upload_goes_on_where_it_was_and_what_is_wrong_has_its_word()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var at = $"/v1/sandboxes/{id}/files";
        using var first = await shared.Http.PatchAsync($"{at}?path=/f&upload=u&offset=0", new ByteArrayContent(new byte[2_000_000]), Cancel);
        Assert.Equal("""{"offset":2000000}""", await first.Content.ReadAsStringAsync(Cancel));
        var gap = await shared.Http.ProblemAsync(
            new(HttpMethod.Patch, $"{at}?path=/f&upload=u&offset=9000000") { Content = new ByteArrayContent([]) }, HttpStatusCode.Conflict, "conflict");
        Assert.Equal((2_000_000, "other_offset"), (gap.GetProperty("expected").GetInt64(), gap.GetProperty("file").GetString()));
        var last = await hub.CallAsync("WriteFile", new { sandboxId = id, path = "/f", upload = "u", offset = 2_000_000, data = "aGk=", finish = true });
        Assert.Equal(2_000_002, last.GetProperty("entry").GetProperty("size").GetInt64());
        Assert.Equal(0, live.Files.Parts);

        Assert.Equal("no_such_file", (await shared.Http.ProblemAsync(new(HttpMethod.Get, $"{at}?path=/none"), HttpStatusCode.NotFound, "not_found")).GetProperty("file").GetString());
        await shared.Http.ProblemAsync(new(HttpMethod.Get, at), HttpStatusCode.BadRequest, "invalid");
        await shared.Http.ProblemAsync(new(HttpMethod.Get, $"{at}/nothing?path=/"), HttpStatusCode.BadRequest, "invalid");
        await shared.Http.ProblemAsync(new(HttpMethod.Put, $"{at}?path=/f&mode=0999"), HttpStatusCode.BadRequest, "invalid");
        await shared.Http.ProblemAsync(new(HttpMethod.Patch, $"{at}?path=/f&offset=0"), HttpStatusCode.BadRequest, "invalid");
        var error = await hub.FailAsync("ReadFile", new { sandboxId = id, path = "/none" });
        Assert.Equal("no_such_file", error.GetProperty("file").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Queries_answer_items_and_names_that_are_no_text_come_as_bytes_too()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var at = $"/v1/sandboxes/{id}/files";
        byte[] odd = [(byte)'/', 0xff, (byte)'a'];
        using (await shared.Http.PutAsync($"{at}?pathBytes={Uri.EscapeDataString(Convert.ToBase64String(odd))}", new ByteArrayContent([1]), Cancel))
        {
        }

        using (await shared.Http.PutAsync($"{at}?path=/b", new ByteArrayContent([1, 2]), Cancel))
        {
        }

        var lines = (await shared.Http.GetStringAsync($"{at}/list?path=/", Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["entry", "entry", "end"], lines.Select(line => line.GetProperty("type").GetString()));
        Assert.Contains(lines, line => line.TryGetProperty("entry", out var entry) && entry.TryGetProperty("pathBytes", out var bytes) && bytes.GetBytesFromBase64().SequenceEqual(odd));
        var stat = JsonDocument.Parse(await shared.Http.GetStringAsync($"{at}/stat?path=/b", Cancel)).RootElement.GetProperty("entry");
        Assert.Equal(("file", "0644", 2), (stat.GetProperty("type").GetString(), stat.GetProperty("mode").GetString(), stat.GetProperty("size").GetInt64()));
        var streamed = new List<string>();
        await foreach (var item in hub.StreamAsync("QueryFiles", new { sandboxId = id, query = "glob", path = "/", pattern = "*", limit = 1 }))
            streamed.Add(item.GetProperty("type").GetString()!);
        Assert.Equal(["entry", "end"], streamed);

        using var tar = await shared.Http.PutAsync($"{at}/archive?path=/d", new ByteArrayContent(Encoding.ASCII.GetBytes("archive")), Cancel);
        Assert.Equal(1, JsonDocument.Parse(await tar.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("entries").GetInt64());
        using var remove = await shared.Http.PostAsync(
            $"{at}/remove", new StringContent("""{"path":"/b","recursive":true}""", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal((HttpStatusCode.OK, true), (remove.StatusCode, live.Files.LastChange!.Recursive));
        await shared.Http.ProblemAsync(new(HttpMethod.Get, $"{at}/stat?path=/b"), HttpStatusCode.NotFound, "not_found");
    }
}

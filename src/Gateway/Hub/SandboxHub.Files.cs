using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Files;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <content>Files. Bytes come and go a mebibyte a call, so that nothing of them ever waits unbounded; more is what HTTP is for.</content>
internal sealed partial class SandboxHub
{
    [HubMethodName("ReadFile")]
    public async Task<FileBytesAnswer> ReadFileAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        var query = FileRequests.Read(arguments);
        return await FileCalls.ReadAsync(await OpenAsync(arguments, SandboxId), query, Context.ConnectionAborted);
    }

    [HubMethodName("WriteFile")]
    public async Task<WrittenAnswer> WriteFileAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        var (write, data) = (FileRequests.Write(arguments), arguments.RequiredBytes("data", FileRequests.MostBytes));
        return await FileCalls.WriteAsync(await OpenAsync(arguments, SandboxId), write, data);
    }

    [HubMethodName("ChangeFiles")]
    public async Task<FileAnswer> ChangeFilesAsync(JsonElement request)
    {
        var arguments = Arguments.Of(request);
        var change = FileRequests.Change(arguments.RequiredText("change", 64), arguments);
        return await FileCalls.ChangeAsync(await OpenAsync(arguments, SandboxId), change);
    }

    [HubMethodName("QueryFiles")]
    public IAsyncEnumerable<FileItemView> QueryFilesAsync(JsonElement request, CancellationToken cancellationToken) =>
        GuardAsync("QueryFiles", QueryFilesOfAsync(request, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<FileItemView> QueryFilesOfAsync(JsonElement request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arguments = Arguments.Of(request);
        var query = FileRequests.Query(arguments.RequiredText("query", 64), arguments);
        var sandbox = await OpenAsync(arguments, SandboxId);
        await foreach (var item in FileSource.ReadAsync(sandbox, query, cancellationToken)) yield return FileItemView.Of(item);
    }
}

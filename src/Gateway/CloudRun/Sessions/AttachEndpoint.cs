using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary><c>WS /attach/{id}?sandbox_token=</c>: a session on a sandbox that is there, woken where it sleeps and brought here where it is elsewhere.</summary>
internal sealed class AttachEndpoint(SessionServices services)
{
    private const string TokenName = "sandbox_token";
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    /// <exception cref="Problems.ProblemException">The request is no WebSocket's.</exception>
    public async Task RunAsync(HttpContext context)
    {
        var caller = Caller.Of(context.User);
        var id = (string)context.Request.RouteValues["id"]!;
        var token = context.Request.Query[TokenName] is [{ Length: > 0 and <= SandboxTokenText.Most } text] ? text : null;

        // So that nothing behind here can write it down.
        context.Request.QueryString = QueryString.Empty;
        using var socket = await SessionSockets.AcceptAsync(context, services.Affinity);
        Session? session = null;
        try
        {
            session = await AttachAsync(caller, id, token, socket);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(socket, StatusNames.Error, services.Failures.Explain(e, "attach").Message);
        }

        if (session is not null) await session.RunAsync();
        else await socket.EndAsync(CloseCode.Refused, "");
    }

    /// <returns>Null when the client has been told why not.</returns>
    private async Task<Session?> AttachAsync(Caller caller, string id, string? token, SandboxSocket socket)
    {
        if (await OpenAsync(caller, id, token, socket) is not { } sandbox) return null;
        if ((await sandbox.DescribeAsync()).Value is not { } found || IsOver(found.Status)) return await NotFoundAsync(socket);
        var flags = SessionFlags.Of(found.Spec);
        var session = new Session(services, caller, sandbox, socket, flags);
        if (!await session.TakePlaceAsync())
        {
            await socket.StatusAsync(StatusNames.InUse);
            await socket.CloseAsync(CloseCode.Refused, "The sandbox has a client.");
            return null;
        }

        try
        {
            if (!await WakeAsync(sandbox, found, flags, socket))
            {
                await session.LeaveAsync();
                return null;
            }
        }
        catch
        {
            await session.LeaveAsync();
            throw;
        }

        await socket.StatusAsync(StatusNames.Running);
        return session;
    }

    /// <summary>The sandbox that the token opens, or null: the client has been told why.</summary>
    private async Task<ISandboxGrain?> OpenAsync(Caller caller, string id, string? token, SandboxSocket socket)
    {
        try
        {
            if (token is null) throw new CallException(CallError.Unauthorized("sandbox_token is missing."));
            if (Ids.IsSandbox(id)) return await services.Access.OpenAsync(caller, id, token);
        }
        catch (CallException e)
        {
            // Whether there is such a sandbox is for those alone who may know it.
            if (token is null || caller.Owner is null || await ExistsAsync(caller, id))
            {
                return await FailAsync(socket, StatusNames.PermissionDenied, e.Error.Message);
            }
        }

        await NotFoundAsync(socket);
        return null;
    }

    private async Task<bool> ExistsAsync(Caller caller, string id) =>
        (await (await services.Access.OpenAsync(caller, id, token: null)).DescribeAsync()).Value is { } found && !IsOver(found.Status);

    /// <summary>Has the sandbox run here, and tells how it comes to that.</summary>
    private static async Task<bool> WakeAsync(ISandboxGrain sandbox, SandboxDescription found, SessionFlags flags, SandboxSocket socket)
    {
        if (!found.Away && found.Status is SandboxStatus.Running or SandboxStatus.Paused or SandboxStatus.Creating)
        {
            return await EndOfWakeAsync(await TouchAsync(sandbox), socket);
        }

        if (flags.Handoff) await socket.StatusAsync(StatusNames.LockAcquiring);
        var touched = TouchAsync(sandbox);
        if (flags.Handoff)
        {
            // It is this host's to run from when its restoring begins.
            while (!touched.IsCompleted && (await sandbox.DescribeAsync()).Value is { } now && (now.Away || now.Status is SandboxStatus.Suspended or SandboxStatus.Suspending))
            {
                await Task.WhenAny(touched, Task.Delay(s_look));
            }

            if (!touched.IsCompleted || (await touched).Succeeded) await socket.StatusAsync(StatusNames.LockAcquired);
        }

        await socket.StatusAsync(StatusNames.Restoring);
        return await EndOfWakeAsync(await touched, socket);
    }

    /// <summary>Has it run here. Its host may be slow to let it go, or a store to answer, and clients of this protocol do not try again by themselves.</summary>
    private static async Task<Outcome<SandboxDescription>> TouchAsync(ISandboxGrain sandbox)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(s_pause))
        {
            var touched = await sandbox.TouchAsync();
            if (touched.Error is not { Code: SandboxErrorCode.Unavailable } || Stopwatch.GetElapsedTime(begun) > s_patience) return touched;
        }
    }

    private static async Task<bool> EndOfWakeAsync(Outcome<SandboxDescription> woken, SandboxSocket socket)
    {
        if (woken.Succeeded) return true;
        if (woken.Error.Code is SandboxErrorCode.NotFound or SandboxErrorCode.Gone) await NotFoundAsync(socket);
        else await FailAsync(socket, StatusNames.RestoreError, woken.Error.Message);
        return false;
    }

    private static bool IsOver(SandboxStatus status) => status is SandboxStatus.Deleting or SandboxStatus.Deleted or SandboxStatus.Failed;

    private static async Task<Session?> NotFoundAsync(SandboxSocket socket)
    {
        await socket.StatusAsync(StatusNames.NotFound);
        await socket.CloseAsync(CloseCode.Refused, "There is no such sandbox.");
        return null;
    }

    private static async Task<ISandboxGrain?> FailAsync(SandboxSocket socket, string status, string message)
    {
        await socket.ErrorAsync(status, message);
        await socket.CloseAsync(CloseCode.Failed, "");
        return null;
    }
}

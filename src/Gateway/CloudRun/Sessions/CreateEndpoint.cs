using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary><c>WS /create</c>: a new sandbox, and the session of its maker.</summary>
internal sealed class CreateEndpoint(SessionServices services)
{
    private static readonly TimeSpan s_configures = TimeSpan.FromSeconds(30);

    /// <exception cref="Problems.ProblemException">The request has shown no key, or is no WebSocket's.</exception>
    public async Task RunAsync(HttpContext context)
    {
        var caller = new Caller(RequestOwner.Of(context));
        using var socket = await SessionSockets.AcceptAsync(context, services.Affinity);
        if (await ConfigureAsync(socket) is not { } create) return;
        if (await CreateAsync(context, caller, socket, create) is { } session) await session.RunAsync();
        else await socket.EndAsync(CloseCode.Failed, "The sandbox was not created.");
    }

    /// <summary>The first message that says what the sandbox is to be; null when the client left, or took too long.</summary>
    private async Task<CreateMessage?> ConfigureAsync(SandboxSocket socket)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(services.Application.ApplicationStopping);
        deadline.CancelAfter(s_configures);
        var over = Task.Delay(Timeout.InfiniteTimeSpan, deadline.Token);
        while (true)
        {
            var receiving = socket.ReceiveAsync();
            if (await Task.WhenAny(receiving, over) == over)
            {
                await socket.ErrorAsync(StatusNames.CreationError, "No message came that says what the sandbox is to be.");
                await socket.CloseAsync(CloseCode.Failed, "");
                await receiving;
                return null;
            }

            if (await receiving is not { } message)
            {
                await socket.CloseAsync(CloseCode.Done, "");
                return null;
            }

            if (CreateMessage.TryRead(message, out var create) is not { } wrong) return create;
            await socket.ErrorAsync(status: null, wrong);
        }
    }

    private async Task<Session?> CreateAsync(HttpContext context, Caller caller, SandboxSocket socket, CreateMessage create)
    {
        await socket.StatusAsync(StatusNames.Creating);
        try
        {
            if (create.Contradiction is { } contradiction) throw CallException.Invalid(contradiction);
            var flags = new SessionFlags(create.Checkpoint, create.Handoff);
            var created = await services.Sandboxes.CreateAsync(caller, ToRequest(create, flags), context.RequestAborted);
            var sandbox = await services.Access.OpenAsync(caller, created.Sandbox.Id, token: null);
            var session = new Session(services, caller, sandbox, socket, flags);

            // Nobody else knows the token yet, so the place is free.
            await session.TakePlaceAsync();
            await socket.SendAsync(ServerMessage.Sandbox(created.Sandbox.Id, created.Token!));
            await socket.StatusAsync(StatusNames.Running);
            return session;
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await socket.ErrorAsync(StatusNames.CreationError, services.Failures.Explain(e, "create").Message);
            return null;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told, and what was going on is taken back.
            return null;
        }
    }

    private Arguments ToRequest(CreateMessage create, SessionFlags flags)
    {
        var request = new JsonObject
        {
            ["onIdle"] = create.AutoCheckpoint ? "suspend" : "delete",
            ["labels"] = JsonSerializer.SerializeToNode(flags.ToLabels()),
        };
        if (create.IdleTimeout is { } idle) request["idleTimeout"] = idle;
        if (create.Snapshot is { } snapshot) request["snapshot"] = snapshot;
        return Arguments.Of(JsonSerializer.SerializeToElement(request));
    }
}

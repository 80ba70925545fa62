using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Rest;

/// <summary>
/// How long an answer may go on that has no end of its own: until its caller leaves or the server stops, which waits for its answers.
/// </summary>
internal sealed class StreamLifetime(IHostApplicationLifetime application, CallFailures failures)
{
    private static CallError Stopping => new(CallCode.Unavailable, "The server is going down. Go on where this ends.") { RetryAfter = 1 };

    /// <summary>Cancelled when the caller leaves or the server stops.</summary>
    public CancellationTokenSource EndingOf(HttpContext context) => CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, application.ApplicationStopping);

    /// <summary>Waits for something that may take long.</summary>
    /// <exception cref="CallException">The server stops.</exception>
    public async Task<T> WaitAsync<T>(HttpContext context, Func<CancellationToken, Task<T>> wait)
    {
        using var ending = EndingOf(context);
        try
        {
            return await wait(ending.Token);
        }
        catch (OperationCanceledException) when (application.ApplicationStopping.IsCancellationRequested)
        {
            throw new CallException(Stopping);
        }
    }

    /// <summary>Runs what writes an answer. What ends it early is told as its last item, once it has begun.</summary>
    /// <param name="context">The request.</param>
    /// <param name="write">Writes the answer.</param>
    /// <param name="tell">
    /// Writes a failure behind what was written; null where the form has no place for one, and the connection is broken instead.
    /// </param>
    public async Task RunAsync(HttpContext context, Func<CancellationToken, Task> write, Func<CallError, Task>? tell)
    {
        using var ending = EndingOf(context);
        try
        {
            await write(ending.Token);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told.
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            var error = e is OperationCanceledException && application.ApplicationStopping.IsCancellationRequested
                ? Stopping
                : failures.Explain(e, context.GetEndpoint()?.DisplayName ?? "?");
            if (tell is null) context.Abort();
            else await tell(error);
        }
    }
}

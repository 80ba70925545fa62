using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Sandboxes.Wire;

namespace Sandboxes.Hub;

/// <content>Calls and streams.</content>
internal sealed partial class HubLink
{
    /// <summary>Calls a method.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="request">Its argument.</param>
    /// <param name="repeat">What to do when the connection is lost before the answer comes.</param>
    /// <param name="cancellationToken">Gives it up; it may have happened.</param>
    /// <param name="timeout">How long it may take, a reconnection included; null for the options' own.</param>
    /// <param name="onRepeat">Called before it is asked again.</param>
    /// <exception cref="SandboxException">What the server answered, or what became of the connection.</exception>
    public async Task<T> CallAsync<T>(
        string method, object request, Repeat repeat, CancellationToken cancellationToken, TimeSpan? timeout = null, Action? onRepeat = null)
    {
        var most = timeout ?? _options.CallTimeout;
        using var deadline = new CancellationTokenSource(most, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        for (var connection = 0; ;)
        {
            connection = await WithinAsync(ConnectedAsync(connection, either.Token).AsTask());
            try
            {
                return await WithinAsync(_connection.InvokeAsync<T>(method, request, either.Token));
            }
            catch (HubException e) when (!LossOf.Connection(e))
            {
                throw WireError.Translate(e);
            }
            catch (Exception e) when (e is not (SandboxException or OperationCanceledException { CancellationToken.IsCancellationRequested: true })
                && LossOf.Connection(e))
            {
                // SignalR says by InvalidOperationException that there was no connection to send it on.
                if (repeat is Repeat.Never && e is not InvalidOperationException)
                {
                    throw new UnknownOutcomeException($"The connection was lost before the answer to {method} came: whether it happened is not known.", e);
                }

                onRepeat?.Invoke();
            }
        }

        async Task<TResult> WithinAsync<TResult>(Task<TResult> task)
        {
            try
            {
                return await task;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
            {
                throw new CallTimeoutException($"{method} took longer than {most.TotalSeconds} s.", e);
            }
        }
    }

    /// <summary>Sends a message that has no answer. One that is lost with its connection is not missed.</summary>
    public async Task SendAsync(string method, object request, CancellationToken cancellationToken)
    {
        try
        {
            await _connection.SendAsync(method, request, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && LossOf.Connection(e))
        {
            // The stream it belongs to ended with the connection, and the next one begins behind what was read.
        }
    }

    /// <summary>Reads a server's stream on one connection: what it does is not to be done twice.</summary>
    /// <exception cref="UnknownOutcomeException">The connection was lost in the middle of it.</exception>
    public async IAsyncEnumerable<T> StreamOnceAsync<T>(string method, object request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ConnectedAsync(0, cancellationToken);
        await using var stream = new HubStream<T>(_connection, method, request, cancellationToken);
        var items = stream.Items;
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync()) break;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                if (e is HubException hub && !LossOf.Connection(e)) throw WireError.Translate(hub);
                if (LossOf.Connection(e)) throw new UnknownOutcomeException($"The connection was lost before {method} was done: what of it was done is not known.", e);
                throw;
            }

            yield return items.Current;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Reads a server's stream, and asks for it again after each loss, by a request made anew from where the reader is then. It ends when the
    /// server completes the stream, unless <paramref name="isOver"/> says that there must be more to come: a server that shuts down completes streams too.
    /// </summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        string method, Func<object> request, Func<bool> isOver, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var backoff = new Backoff();
        var progress = Time.GetTimestamp();
        var after = 0;
        while (true)
        {
            var connection = await ConnectedAsync(after, cancellationToken);
            await using var stream = new HubStream<T>(_connection, method, request(), cancellationToken);
            var items = stream.Items;
            Exception? failure = null;
            while (true)
            {
                try
                {
                    if (!await items.MoveNextAsync()) break;
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    failure = e is HubException hub && !LossOf.Connection(e) ? WireError.Translate(hub) : e;
                    break;
                }

                backoff.Reset();
                progress = Time.GetTimestamp();
                yield return items.Current;
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (failure is null && isOver()) yield break;
            if (failure is not null and not SandboxException && LossOf.Connection(failure))
            {
                after = connection;
                continue;
            }

            // The host is away for a moment, or the server completed what is not over: ask again, but not for ever.
            if (failure is not (null or UnavailableException or CallTimeoutException)) throw failure;
            if (Time.GetElapsedTime(progress) >= ReconnectTimeout || (failure is null && backoff.Attempts >= 8))
            {
                throw failure ?? new ServerException($"The server ends {method} again and again, although there is more to come.");
            }

            await Task.Delay(backoff.Next(), Time, cancellationToken);
        }
    }
}

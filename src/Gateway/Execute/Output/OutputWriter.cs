using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>Writes an execution's events into an answer, in one of the forms of <see cref="OutputFormat"/>.</summary>
internal abstract class OutputWriter(PipeWriter body) : IDisposable
{
    /// <summary>The answer's media type.</summary>
    public abstract string ContentType { get; }

    protected PipeWriter Body { get; } = body;

    public static OutputWriter Create(OutputFormat format, HttpResponse response) => format switch
    {
        OutputFormat.Ndjson => new NdjsonWriter(response.BodyWriter),
        OutputFormat.EventStream => new EventStreamWriter(response.BodyWriter),
        _ => new TextWriter(response),
    };

    /// <summary>Puts the headers in place that this form wants beside the media type.</summary>
    public virtual void Prepare()
    {
    }

    public abstract void Write(ExecutionOutput output);

    public abstract void Write(ExecutionExited exited, TimeSpan timeout);

    /// <summary>Writes what a reader skips. False where the form has no such thing.</summary>
    public virtual bool TryWriteNothing() => false;

    public virtual void Dispose()
    {
    }

    protected void Write(string text) => Encoding.UTF8.GetBytes(text, Body);
}

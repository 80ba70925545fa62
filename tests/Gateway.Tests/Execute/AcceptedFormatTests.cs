using Sandbox.Gateway.Execute.Output;

namespace Sandbox.Gateway.Tests.Execute;

public sealed class AcceptedFormatTests
{
    [Theory]
    [InlineData("", "Text")]
    [InlineData("*/*", "Text")]
    [InlineData("text/*", "Text")]
    [InlineData("text/plain", "Text")]
    [InlineData("text/plain; charset=utf-8", "Text")]
    [InlineData("application/json, text/plain, */*", "Text")]
    [InlineData("application/x-ndjson", "Ndjson")]
    [InlineData("application/*", "Ndjson")]
    [InlineData("application/x-ndjson, */*", "Ndjson")]
    [InlineData("text/event-stream", "EventStream")]
    [InlineData("text/event-stream, text/plain", "EventStream")]
    [InlineData("text/plain;q=0.5, text/event-stream;q=0.6", "EventStream")]
    [InlineData("text/plain;q=0, */*", "Ndjson")]
    [InlineData("*/*;q=0.1, application/x-ndjson;q=0.2", "Ndjson")]
    [InlineData("TEXT/EVENT-STREAM", "EventStream")]
    [InlineData("application/json", null)]
    [InlineData("text/plain;q=0", null)]
    [InlineData("text", null)]
    public void The_form_is_the_one_that_the_caller_likes_best(string accept, string? expected) =>
        Assert.Equal(expected, AcceptedFormat.Choose(accept)?.ToString());

    [Fact]
    public void Several_headers_are_one() => Assert.Equal(OutputFormat.Ndjson, AcceptedFormat.Choose(new(["image/png", "application/x-ndjson"])));
}

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class ContainerTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_container_says_hello_and_answers_over_its_link()
    {
        using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();

        Assert.Equal("test", await container.HelloAsync(Cancellation));
        Assert.Equal("abc", await container.AskAsync("echo abc", Cancellation));
        Assert.Equal("hello from the host", await container.AskAsync("cat /l/0/greeting", Cancellation));
    }
}

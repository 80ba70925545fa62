using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Execute;

/// <summary>The chunks that the gateway writes itself, byte for byte.</summary>
public sealed class TrailerTests(SharedGateway shared)
{
    private const int Deadline = 30_000;

    [Fact(Timeout = Deadline)]
    public async Task An_answer_with_trailers_is_whole_and_leaves_the_connection_usable()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("0123456789abcdef\n"), Events.Err("x"), Events.Exit(3));
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        for (var i = 0; i < 2; i++)
        {
            await connection.SendAsync($"POST /execute HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: TE\r\nContent-Length: {script.Length}\r\n\r\n{script}");
            var headers = await connection.ReadUntilAsync("\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", headers);
            Assert.Contains("Transfer-Encoding: chunked\r\n", headers);
            Assert.Contains("Trailer: Sandbox-Exit-Reason, Sandbox-Exit-Code, Sandbox-Exit-Signal\r\n", headers);
            Assert.DoesNotContain("Content-Length", headers);
            var body = await connection.ReadUntilAsync("\r\n\r\n");
            Assert.Equal("11\r\n0123456789abcdef\n\r\n1\r\nx\r\n0\r\nSandbox-Exit-Reason: exited\r\nSandbox-Exit-Code: 3\r\n\r\n", body);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task Http_1_0_gets_the_output_and_the_end_of_the_connection()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("out"), Events.Exit());
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        await connection.SendAsync($"POST /execute HTTP/1.0\r\nHost: localhost\r\nTE: trailers\r\nContent-Length: {script.Length}\r\n\r\n{script}");
        Assert.EndsWith("\r\n\r\nout", await connection.ReadToEndAsync());
    }
}

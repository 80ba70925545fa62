namespace Sandboxes.Examples;

/// <summary>
/// A program outlives its client: the first one starts it and goes, the second one finds it by its id and reads on at the byte where the first
/// one stopped. (A connection that is merely lost needs nothing of this: the streams go on by themselves.)
/// </summary>
internal static class Reconnect
{
    public static async Task RunAsync(string server, SandboxClientOptions connection)
    {
        var told = connection with
        {
            OnConnection = change => Console.WriteLine(change.Connected ? $"[connected, number {change.Connections}]" : "[connection lost]"),
        };
        string id;
        string? token;
        long offset;
        await using (var first = await Sandbox.CreateAsync(server, connection: told))
        {
            (id, token) = (first.Id, first.Token);
            await using var counter = await first.ExecAsync(
                "bash", "for i in $(seq 1 20); do echo line $i; sleep 0.1; done", new StartOptions { Id = "counter" });
            var buffer = new byte[64];
            while (counter.StandardOutput.Offset <= 20)
            {
                var count = await counter.StandardOutput.ReadAsync(buffer);
                Console.Write(Console.OutputEncoding.GetString(buffer, 0, count));
            }

            offset = counter.StandardOutput.Offset;
        }

        Console.WriteLine($"-- gone after {offset} bytes; the program runs on --");
        await using var second = await Sandbox.AttachAsync(server, id, token, told);
        try
        {
            await using var again = await second.GetProcessAsync("counter", new OutputOptions { Offset = offset });
            Console.Write(await again.StandardOutput.ReadToEndAsync());
            Console.WriteLine($"Exit code: {(await again.WaitAsync()).Code}");
        }
        finally
        {
            await second.DeleteAsync();
        }
    }
}

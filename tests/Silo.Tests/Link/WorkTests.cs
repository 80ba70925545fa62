using System.Buffers.Binary;
using System.Text;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>Workers of the agent that ships, at the link that ships.</summary>
public sealed class WorkTests(SanitizedAgent agents) : IClassFixture<SanitizedAgent>
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_worker_reads_a_file_of_any_size_and_programs_go_on_beside_it()
    {
        await using var agent = await agents.StartAsync();
        using var beside = await agent.StartAsync(RunningAgent.Shell("beside", "cat"));
        await RunAsync(agent, "head -c 20000000 /dev/urandom > /tmp/large; sha256sum < /tmp/large > /tmp/sum");
        var sum = (await ReadAsync(agent, "/tmp/sum")).Bytes;
        var (bytes, end) = await ReadAsync(agent, "/tmp/large");
        Assert.Equal((0u, false, 20_000_000), (end.Error, end.Killed, bytes.Length));
        Assert.StartsWith(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), Encoding.ASCII.GetString(sum), StringComparison.Ordinal);
        Assert.Equal(bytes[7_000_000..7_000_100], (await ReadAsync(agent, "/tmp/large", 7_000_000, 100)).Bytes);
        Assert.True(await beside.WriteInputAsync("on"u8.ToArray(), Test));
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_stops_stops_its_worker_alone()
    {
        await using var agent = await agents.StartAsync();
        await RunAsync(agent, "head -c 20000000 /dev/zero > /tmp/large");
        var stalled = agent.Link.StartWork(Read("/tmp/large", 0, ulong.MaxValue))!;
        Assert.Equal(20_000_000, (await ReadAsync(agent, "/tmp/large")).Bytes.Length);
        Assert.False(stalled.Done.IsCompleted);
        stalled.Dispose();
        Assert.True((await stalled.Done.WaitAsync(Test)).Killed);
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task As_many_workers_as_there_may_be_are_refused_one_more_and_leave_room_when_they_end()
    {
        await using var agent = await agents.StartAsync();
        await RunAsync(agent, "head -c 2000000 /dev/zero > /tmp/large");
        for (var round = 0; round < 3; round++)
        {
            var works = Enumerable.Range(0, LinkLimits.Workers).Select(_ => agent.Link.StartWork(Read("/tmp/large", 0, ulong.MaxValue))!).ToArray();
            Assert.Null(agent.Link.StartWork(Read("/tmp/large", 0, 1)));
            foreach (var work in works) work.Dispose();
            foreach (var work in works) await work.Done.WaitAsync(Test);
        }

        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_stands_still_while_the_link_is_held_and_goes_on_where_it_was()
    {
        await using var agent = await agents.StartAsync();
        await RunAsync(agent, "head -c 20000000 /dev/zero > /tmp/large");
        using var work = agent.Link.StartWork(Read("/tmp/large", 0, ulong.MaxValue))!;
        await using var reading = work.ReadAsync(Test).GetAsyncEnumerator(Test);
        var length = 0;
        Assert.True(await reading.MoveNextAsync());
        length += reading.Current.Length;
        await agent.Link.HoldAsync();
        var next = reading.MoveNextAsync().AsTask();
        while (next.IsCompletedSuccessfully)
        {
            length += reading.Current.Length;
            next = reading.MoveNextAsync().AsTask();
        }

        Assert.DoesNotContain(agent.Link.ToImage().Processes, process => process.Phase == ProcessPhase.Running);
        await agent.Link.ResumeAsync(new GuestResumption());
        while (await next)
        {
            length += reading.Current.Length;
            next = reading.MoveNextAsync().AsTask();
        }

        Assert.Equal(64 + 20_000_000, length);
        Assert.Equal(0u, (await work.Done).Error);
        await agent.ShutDownAsync();
    }

    private static WorkRequest Read(string path, ulong offset, ulong length)
    {
        var request = new byte[16 + Encoding.UTF8.GetByteCount(path)];
        BinaryPrimitives.WriteUInt64LittleEndian(request, offset);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), length);
        Encoding.UTF8.GetBytes(path, request.AsSpan(16));
        return new WorkRequest(WorkKind.Read, request) { Uid = 1000, Gid = 1000 };
    }

    private static async Task<(byte[] Bytes, WorkEnd End)> ReadAsync(RunningAgent agent, string path, ulong offset = 0, ulong length = ulong.MaxValue)
    {
        using var work = agent.Link.StartWork(Read(path, offset, length))!;
        using var bytes = new MemoryStream();
        await foreach (var data in work.ReadAsync(Test)) bytes.Write(data);
        return (bytes.ToArray()[64..], await work.Done);
    }

    private static async Task RunAsync(RunningAgent agent, string script)
    {
        var process = await agent.StartAsync(RunningAgent.Shell(Guid.NewGuid().ToString("n"), script));
        await foreach (var _ in process.ReadOutputAsync(cancellationToken: Test))
        {
        }

        Assert.Equal(0, (await process.Exited).Code);
    }
}

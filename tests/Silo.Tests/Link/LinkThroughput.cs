using System.Diagnostics;
using System.IO.Pipes;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>What the host's side of the link costs, over real pipes. Figures, no limits: run by <c>-explicit only</c>.</summary>
public sealed class LinkThroughput
{
    private const long Bytes = 4L << 30;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData(65_536)]
    [InlineData(4_096)]
    [InlineData(64)]
    public async Task Output_of_one_process(int frameBytes)
    {
        await using var link = await ConnectAsync(guest => Flood(guest, frameBytes));
        using var process = (await link.StartAsync(ScriptedGuest.Shell, Test)).Process!;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var since = Stopwatch.GetTimestamp();
        long read = 0;
        await foreach (var chunk in process.ReadOutputAsync(cancellationToken: Test))
        {
            read += chunk.Data.Length;
        }

        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"frames of {frameBytes}: {read / seconds / 1e6:F0} MB/s, "
            + $"{(GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)read:F3} bytes allocated a byte, "
            + $"{(Environment.CpuUsage.TotalTime - cpu).TotalSeconds / seconds:F2} cores with the guest's");
    }

    [Fact(Explicit = true)]
    public async Task Round_trip()
    {
        await using var link = await ConnectAsync(guest => guest.Serve());
        await link.PingAsync(Test);
        var times = new List<double>();
        for (var i = 0; i < 5_000; i++)
        {
            times.Add((await link.PingAsync(Test)).TotalMicroseconds);
        }

        times.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine($"PING: median {times[2_500]:F0} us, p99 {times[4_950]:F0} us");
    }

    private static async Task<GuestLink> ConnectAsync(Action<PipeGuest> run)
    {
        var toGuest = new AnonymousPipeServerStream(PipeDirection.Out);
        var fromGuest = new AnonymousPipeServerStream(PipeDirection.In);
        var guest = new PipeGuest(
            new AnonymousPipeClientStream(PipeDirection.In, toGuest.ClientSafePipeHandle),
            new AnonymousPipeClientStream(PipeDirection.Out, fromGuest.ClientSafePipeHandle));
        new Thread(() => run(guest)) { IsBackground = true }.Start();
        return await GuestLink.ConnectAsync(
            toGuest, fromGuest, ScriptedGuest.Configuration, new GuestLinkOptions(), TimeProvider.System, NullLogger.Instance, Test);
    }

    private static void Flood(PipeGuest guest, int frameBytes)
    {
        var total = frameBytes < 1_000 ? Bytes / 64 : Bytes;
        guest.Handshake();
        var frame = GuestFrames.Output(1, LinkChannel.Stdout, 0, new byte[frameBytes]);
        ulong acknowledged = 0;
        for (ulong sent = 0; sent < (ulong)total; sent += (ulong)frameBytes)
        {
            while (sent + (ulong)frameBytes > acknowledged + LinkLimits.OutputWindow)
            {
                acknowledged = guest.Receive().Offset;
            }

            BitConverter.TryWriteBytes(frame.AsSpan(FrameHeader.Size), sent);
            guest.Output.Write(frame);
        }

        guest.Output.Write([.. GuestFrames.Exit(1), .. GuestFrames.Drained(1)]);
        guest.ReceiveToEnd();
    }

    private sealed record PipeGuest(Stream Input, Stream Output)
    {
        public void Handshake()
        {
            Output.Write(GuestFrames.Hello());
            Receive();
            Output.Write(GuestFrames.Ready());
            Receive();
            Output.Write(GuestFrames.Started(1));
        }

        public void Serve()
        {
            Output.Write(GuestFrames.Hello());
            Receive();
            Output.Write(GuestFrames.Ready());
            ReceiveToEnd(ping => Output.Write(GuestFrames.Pong(ping.Offset)));
        }

        public void ReceiveToEnd(Action<HostFrame>? answer = null)
        {
            try
            {
                while (true)
                {
                    var frame = Receive();
                    answer?.Invoke(frame);
                }
            }
            catch (EndOfStreamException)
            {
                // The measurement is over.
            }
        }

        public HostFrame Receive()
        {
            var header = new byte[FrameHeader.Size];
            Input.ReadExactly(header);
            var read = FrameHeader.Read(header);
            var payload = new byte[read.Length];
            Input.ReadExactly(payload);
            return new HostFrame(read, payload);
        }
    }
}

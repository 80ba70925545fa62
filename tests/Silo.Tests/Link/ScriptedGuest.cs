using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>The guest's end of an in-memory link, played frame by frame by a test. Its pipes hold 64 KiB, as the real ones do.</summary>
internal sealed class ScriptedGuest : IAsyncDisposable
{
    private readonly Pipe _toGuest = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe _fromGuest = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Stream _input;
    private readonly Stream _output;
    private GuestLink? _link;

    public ScriptedGuest()
    {
        _input = _toGuest.Reader.AsStream();
        _output = _fromGuest.Writer.AsStream();
    }

    public static GuestConfiguration Configuration { get; } = new()
    {
        Hostname = "sandbox",
        Lower = ["/l/0"],
        DiskBytes = 1 << 20,
        MemoryBytes = 1 << 24,
        Processes = 10,
        OpenFiles = 100,
    };

    public static ProcessStart Shell { get; } = new()
    {
        Id = "p",
        Arguments = ["sh"],
        Directory = "/",
        Uid = 1000,
        Gid = 1000,
    };

    public GuestLink Link => _link ?? throw new InvalidOperationException("Not connected.");

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    /// <summary>Starts the host's side; it waits for HELLO.</summary>
    public async Task<GuestLink> ConnectAsync(GuestLinkOptions? options = null, TimeProvider? time = null, CancellationToken? cancellationToken = null) =>
        _link = await GuestLink.ConnectAsync(
            _toGuest.Writer.AsStream(),
            _fromGuest.Reader.AsStream(),
            Configuration,
            options ?? new GuestLinkOptions(),
            time ?? TimeProvider.System,
            NullLogger.Instance,
            cancellationToken ?? Test);

    /// <summary>A guest whose link is ready.</summary>
    public static async Task<ScriptedGuest> ReadyAsync()
    {
        var guest = new ScriptedGuest();
        var connecting = guest.ConnectAsync();
        await guest.SendAsync(GuestFrames.Hello());
        await guest.ExpectAsync(FrameType.Configure);
        await guest.SendAsync(GuestFrames.Ready());
        _ = await connecting;
        return guest;
    }

    /// <summary>Starts a process on both sides.</summary>
    public async Task<GuestProcess> StartAsync(ProcessStart? start = null)
    {
        var starting = Link.StartAsync(start ?? Shell, Test);
        var frame = await ExpectAsync(FrameType.Start);
        await SendAsync(GuestFrames.Started(frame.Process));
        var result = await starting;
        Assert.True(result.IsStarted, result.Failure?.Message);
        return result.Process;
    }

    public async Task SendAsync(params byte[][] frames)
    {
        foreach (var frame in frames)
        {
            await _output.WriteAsync(frame, Test);
        }
    }

    /// <summary>Sends what the host may stop reading at any point, because it is hostile.</summary>
    public async Task SendHostileAsync(params byte[][] frames)
    {
        try
        {
            // The host stops reading when it ends the link; then the pipe fills and nobody empties it.
            await Task.WhenAny(SendAsync(frames), Link.Ended).WaitAsync(Test);
        }
        catch (InvalidOperationException)
        {
            // The host has closed its end: that is what the caller goes on to check.
        }
    }

    /// <summary>The guest's end of the stream.</summary>
    public ValueTask HangUpAsync() => _output.DisposeAsync();

    /// <summary>Waits until the pipe to the guest holds all that it can, so that the host's writer stands still.</summary>
    public async Task WaitUntilFullAsync()
    {
        for (long held = 0; held < 65_536; await Task.Delay(1, Test))
        {
            if (_toGuest.Reader.TryRead(out var result))
            {
                held = result.Buffer.Length;
                _toGuest.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.Start);
            }
        }
    }

    public async Task<HostFrame> ReceiveAsync()
    {
        var header = new byte[FrameHeader.Size];
        await _input.ReadExactlyAsync(header, Test);
        var read = FrameHeader.Read(header);
        var payload = new byte[read.Length];
        await _input.ReadExactlyAsync(payload, Test);
        return new HostFrame(read, payload);
    }

    public async Task<HostFrame> ExpectAsync(FrameType type)
    {
        var frame = await ReceiveAsync();
        Assert.Equal(type, frame.Type);
        return frame;
    }

    public async ValueTask DisposeAsync()
    {
        if (_link is not null)
        {
            await _link.DisposeAsync();
        }

        await _output.DisposeAsync();
        await _input.DisposeAsync();
    }
}

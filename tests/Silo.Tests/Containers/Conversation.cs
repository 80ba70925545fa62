using System.Text;
using Sandbox.Silo.Containers;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>Talks to the guest of guest.c.</summary>
internal static class Conversation
{
    /// <summary>Reads the HELLO frame and returns the agent's version text.</summary>
    public static async Task<string> HelloAsync(this Container container, CancellationToken cancellationToken)
    {
        var frame = new byte[24];
        await container.FromGuest.ReadExactlyAsync(frame, cancellationToken);
        Assert.Equal(0x81, frame[4]);
        return Encoding.ASCII.GetString(frame, 20, 4);
    }

    /// <summary>Sends a line and reads the answer.</summary>
    public static async Task<string> AskAsync(this Container container, string line, CancellationToken cancellationToken)
    {
        await container.SayAsync(line, cancellationToken);
        var answer = new StringBuilder();
        var one = new byte[1];
        while (await container.FromGuest.ReadAsync(one, cancellationToken) == 1 && one[0] != (byte)'\n')
            answer.Append((char)one[0]);
        return answer.ToString();
    }

    /// <summary>Sends a line.</summary>
    public static async Task SayAsync(this Container container, string line, CancellationToken cancellationToken)
    {
        await container.ToGuest.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), cancellationToken);
        await container.ToGuest.FlushAsync(cancellationToken);
    }
}

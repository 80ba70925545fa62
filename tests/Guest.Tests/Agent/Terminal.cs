using System.Text;

namespace Sandbox.Guest.Tests.Agent;

/// <summary>Somebody at the terminal of a program: types, within the window, and looks for what appears.</summary>
public sealed class Terminal(GuestProgram program)
{
    private const int Window = 65_536;
    private ulong _typed;
    private int _seen;

    public GuestProgram Program => program;

    /// <summary>The same person at a copy of the terminal.</summary>
    public Terminal On(AgentSession copy) => new(copy.Same(program)) { _typed = _typed, _seen = _seen };

    /// <summary>Types, in as many frames as the window takes.</summary>
    public async Task TypeAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var sent = 0; sent < bytes.Length;)
        {
            await program.UntilAsync(() => _typed - program.InputAcknowledged < Window);
            var count = (int)Math.Min((ulong)(bytes.Length - sent), Window - (_typed - program.InputAcknowledged));
            program.Write(_typed, bytes.AsSpan(sent, count));
            sent += count;
            _typed += (ulong)count;
        }
    }

    /// <summary>A shell that has shown its prompt.</summary>
    public static async Task<Terminal> ShellAsync(AgentSession agent, uint user = 1000)
    {
        var terminal = new Terminal(agent.Start(Start.Terminal("/bin/bash", "--norc", "-i") with { User = user }));
        await terminal.SeeAsync("$ ");
        return terminal;
    }

    public void End() => program.EndInput(_typed);

    /// <summary>Waits until the text has appeared behind what was waited for before; returns what came up to and with it.</summary>
    public async Task<string> SeeAsync(string text)
    {
        var end = -1;
        await program.UntilAsync(() =>
        {
            var at = program.Screen.IndexOf(text, _seen, StringComparison.Ordinal);
            end = at + text.Length;
            return at >= 0;
        });
        var seen = program.Screen[_seen..end];
        _seen = end;
        return seen;
    }

    /// <summary>
    /// Presses Escape every second until it is over: vim 9.0 waits for a key where it only wanted to look for one, if a millisecond went by since it began to
    /// (its <c>inchar_loop</c>), so that now and then it needs one to go on.
    /// </summary>
    public async Task<T> InVimAsync<T>(Task<T> task)
    {
        while (await Task.WhenAny(task, Task.Delay(1_000, TestContext.Current.CancellationToken)) != task)
            await TypeAsync("\u001b");
        return await task;
    }

    /// <summary>Types a line and waits for its output, which the line itself must not contain.</summary>
    public async Task<string> DoAsync(string line, string expected)
    {
        await TypeAsync(line + "\r");
        return await SeeAsync(expected);
    }
}

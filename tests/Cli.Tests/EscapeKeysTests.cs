using System.Text;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Tests;

public sealed class EscapeKeysTests
{
    [Theory]
    [InlineData("ls\r~.more", "ls\r", true)]
    [InlineData("~.", "", true)]
    [InlineData("a~.b", "a~.b", false)]
    [InlineData("\r~~.", "\r~.", false)]
    [InlineData("\r~x\r~\r~.", "\r~x\r~\r", true)]
    [InlineData("cd ~\r", "cd ~\r", false)]
    public void Keys_go_through_until_the_user_leaves_however_they_come(string typed, string passed, bool leaves)
    {
        foreach (var piece in new[] { 1, 2, typed.Length })
        {
            var escape = new EscapeKeys();
            var (through, left) = (new StringBuilder(), false);
            foreach (var keys in Encoding.ASCII.GetBytes(typed).Chunk(piece))
            {
                through.Append(Encoding.ASCII.GetString(escape.Take(keys, out left)));
                if (left) break;
            }

            Assert.Equal((passed, leaves), (through.ToString(), left));
        }
    }
}

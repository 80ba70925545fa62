using System.Text;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Runsc;

public sealed class TailTextTests
{
    [Theory]
    [InlineData(new[] { "abc" }, "abc")]
    [InlineData(new[] { "abc", "def", "ghi" }, "bcdefghi")]
    [InlineData(new[] { "0123456789abcdef" }, "89abcdef")]
    [InlineData(new[] { "xyz", "0123456789abcdef" }, "89abcdef")]
    [InlineData(new[] { "a\u001b[1m", "\n" }, "a [1m")]
    public void The_end_is_kept_without_control_characters(string[] writes, string expected)
    {
        var tail = new TailText(8);
        foreach (var write in writes)
            tail.Append(Encoding.UTF8.GetBytes(write));

        Assert.Equal(expected, tail.ToString());
    }
}

using System.Text.Unicode;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Execute;

/// <summary>What a script must be before anything runs it.</summary>
internal static class ScriptText
{
    /// <summary>Says what is wrong with a script, or null.</summary>
    public static GatewayProblem? Check(ReadOnlySpan<byte> code, long limit)
    {
        if (code.IsEmpty)
        {
            return ExecuteProblems.EmptyScript();
        }

        if (code.Length > limit)
        {
            return ExecuteProblems.ScriptTooLarge(limit);
        }

        if (code.Contains((byte)0))
        {
            return ExecuteProblems.NulBytes("The script");
        }

        return Utf8.IsValid(code) ? null : ExecuteProblems.InvalidUtf8("The script");
    }
}

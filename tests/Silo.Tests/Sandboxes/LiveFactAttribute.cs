using System.Runtime.CompilerServices;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>A test with real sandboxes, which a machine without a template skips.</summary>
public sealed class LiveFactAttribute : FactAttribute
{
    public LiveFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Timeout = 60_000;
        Skip = "SANDBOX_TEST_ROOTFS and SANDBOX_TEST_AGENT name no template and agent.";
        SkipType = typeof(LiveTemplate);
        SkipWhen = nameof(LiveTemplate.Missing);
    }
}

namespace Sandbox.Grains.Execution;

/// <summary>Why a program ended.</summary>
[GenerateSerializer, Alias("exit-reason")]
public enum ExitReason
{
    /// <summary>It exited by itself, with a code.</summary>
    Exited = 0,

    /// <summary>A signal ended it, that it or a program beside it caused or sent.</summary>
    Killed = 1,

    /// <summary>It reached its wall-clock limit.</summary>
    Timeout = 2,

    /// <summary>It, or the sandbox, reached the memory limit.</summary>
    OutOfMemory = 3,

    /// <summary>It wrote more output than it may.</summary>
    OutputLimit = 4,

    /// <summary>It reached its limit of processor seconds.</summary>
    CpuLimit = 5,

    /// <summary>The program could not be started in the sandbox.</summary>
    StartFailed = 6,

    /// <summary>The sandbox ended below the program, or broke the link's protocol.</summary>
    SandboxFailed = 7,
}

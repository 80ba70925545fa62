namespace Sandbox.Grains.Execution;

/// <summary>What a one-off does with its code.</summary>
[GenerateSerializer, Alias("execution-kind")]
public enum ExecutionKind
{
    /// <summary>Runs the code as a program.</summary>
    Script = 0,

    /// <summary>
    /// Loads the code, calls its <c>main()</c> and reports what that returned, as JSON, on <see cref="OutputChannel.Result"/>. Python only.
    /// </summary>
    Main = 1,
}

using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>The names of <see cref="ExitReason"/> on the wire.</summary>
internal static class ReasonNames
{
    public static string Of(ExitReason reason) => reason switch
    {
        ExitReason.Exited => "exited",
        ExitReason.Killed => "killed",
        ExitReason.Timeout => "timeout",
        ExitReason.OutOfMemory => "out_of_memory",
        ExitReason.OutputLimit => "output_limit",
        ExitReason.CpuLimit => "cpu_limit",
        ExitReason.StartFailed => "start_failed",
        _ => "sandbox_failed",
    };
}

namespace Sandboxes;

/// <summary>How a program ended.</summary>
public sealed record ProcessExit
{
    /// <summary>Why.</summary>
    public ExitReason Reason { get; init; }

    /// <summary>Its exit code, where it has one.</summary>
    public int? Code { get; init; }

    /// <summary>The signal that ended it, where one did.</summary>
    public int? Signal { get; init; }

    /// <summary>More about it.</summary>
    public string? Message { get; init; }

    /// <summary>How long it ran, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Its processor time, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Whether it exited with code 0.</summary>
    public bool Success => Reason is ExitReason.Exited && Code is 0;

    /// <summary>Throws what the exit means, unless it is success.</summary>
    /// <exception cref="ProcessTimeoutException">It was ended at its own time limit.</exception>
    /// <exception cref="SandboxGoneException">It ended with its sandbox.</exception>
    /// <exception cref="ProcessFailedException">It ended in another way than with code 0.</exception>
    public void EnsureSuccess()
    {
        if (Success) return;
        var more = Message is null ? "." : $": {Message}";
        throw Reason switch
        {
            ExitReason.Exited => new ProcessFailedException($"The program exited with code {Code}{more}", this),
            ExitReason.Timeout => new ProcessTimeoutException($"The program was ended at its time limit, after {Seconds} s{more}", this),
            ExitReason.SandboxEnded => new SandboxGoneException($"The program ended with its sandbox{more}", status: null, Message),
            ExitReason.OutOfMemory => new ProcessFailedException($"The program ran out of memory{more}", this),
            _ => new ProcessFailedException($"The program was ended by signal {Signal}{more}", this),
        };
    }
}

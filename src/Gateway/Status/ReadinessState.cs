namespace Sandbox.Gateway.Status;

/// <summary>The states of <see cref="GatewayReadiness"/>.</summary>
public enum ReadinessState
{
    /// <summary>Set-up or start is still going on: it will be ready by itself.</summary>
    Starting = 0,

    /// <summary>Executions are served.</summary>
    Ready = 1,

    /// <summary>It cannot serve, and somebody has to do something about it.</summary>
    Unavailable = 2,

    /// <summary>The server is going down.</summary>
    Stopping = 3,
}

namespace Sandboxes;

/// <summary>A fault of the server, or an answer that its contract does not have.</summary>
public sealed class ServerException : SandboxException
{
    internal ServerException(string message, string? id = null, Exception? cause = null)
        : base(ErrorCode.Internal, message, cause) => Id = id;

    /// <summary>Finds the fault in the server's log, where there is one.</summary>
    public string? Id { get; }
}

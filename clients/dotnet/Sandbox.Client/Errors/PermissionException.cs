namespace Sandboxes;

/// <summary>The key or token is missing or wrong (<c>unauthorized</c>), or does not allow this (<c>forbidden</c>).</summary>
public sealed class PermissionException : SandboxException
{
    internal PermissionException(string code, string message, Exception? cause = null)
        : base(code, message, cause)
    {
    }
}

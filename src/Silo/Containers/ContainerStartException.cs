namespace Sandbox.Silo.Containers;

/// <summary>A container could not be started; nothing of it is left. The message says what to do.</summary>
internal sealed class ContainerStartException : Exception
{
    public ContainerStartException(string message)
        : base(message)
    {
    }

    public ContainerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

namespace Sandbox.Gateway.Execute.Main;

/// <summary>Ends a JSON execution whose request cannot be used.</summary>
internal sealed class MainFailureException(MainFailure failure) : Exception(failure.Error)
{
    public MainFailure Failure { get; } = failure;
}

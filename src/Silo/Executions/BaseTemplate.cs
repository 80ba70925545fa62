namespace Sandbox.Silo.Executions;

internal sealed class BaseTemplate(string directory)
{
    public Task<string> DirectoryAsync(CancellationToken cancellationToken) => Task.FromResult(directory);
}

namespace Orleans.Runtime;

/// <summary>A state that is read before its grain's <c>OnActivateAsync</c>.</summary>
internal interface ILoadedState
{
    Task LoadAsync(CancellationToken cancellationToken);
}

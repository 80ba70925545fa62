namespace Sandbox.Engine.Tests.Streams;

internal interface IPublishingGrain : IGrainWithStringKey
{
    Task Publish(string ns, string key, params int[] items);

    Task PublishList(string ns, string key, List<int> item);

    Task PublishToProvider(string provider);
}

internal sealed class PublishingGrain : Grain, IPublishingGrain
{
    public async Task Publish(string ns, string key, params int[] items)
    {
        var stream = this.GetStreamProvider(StreamHost.Provider).GetStream<int>(StreamId.Create(ns, key));
        foreach (var item in items) await stream.OnNextAsync(item);
    }

    public async Task PublishList(string ns, string key, List<int> item)
    {
        await this.GetStreamProvider(StreamHost.Provider).GetStream<List<int>>(StreamId.Create(ns, key)).OnNextAsync(item);
        item.Add(-1);
    }

    public Task PublishToProvider(string provider) =>
        this.GetStreamProvider(provider).GetStream<int>(StreamId.Create("any", "any")).OnNextAsync(1);
}

using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Copying;

internal interface ICopyGrain : IGrainWithStringKey
{
    Task Hold(string gate);

    Task<string> Join(List<string> items);

    Task Spoil(Parcel parcel);

    Task<Parcel> Held();

    Task<string> HeldItems();

    Task<T> Echo<T>(T value);

    Task<Everything?> EchoEverything(Everything? value);

    Task<object?> EchoObject(object? value);

    Task<Shape> EchoShape(Shape shape);

    Task KeepSealed(Sealed value);

    Task KeepPromised([Immutable] List<string> value);

    Task KeepText(string value);

    Task KeepBytes(byte[] value);

    Task<bool> AreSame(List<string> first, List<string> second);
}

internal sealed class CopyGrain(Probe probe) : Grain, ICopyGrain
{
    private readonly Parcel _held = new() { Items = ["held"] };

    private string Key => this.GetPrimaryKeyString();

    public async Task Hold(string gate)
    {
        probe.Record(Key, "holding");
        await probe.Passing(gate);
    }

    public Task<string> Join(List<string> items) => Task.FromResult(string.Join(',', items));

    public Task Spoil(Parcel parcel)
    {
        parcel.Items.Add("spoilt");
        parcel.Inner?.Items.Clear();
        parcel.Numbers["a"][0] = -1;
        parcel.Numbers.Clear();
        return Task.CompletedTask;
    }

    public Task<Parcel> Held() => Task.FromResult(_held);

    public Task<string> HeldItems() => Task.FromResult(string.Join(',', _held.Items));

    public Task<T> Echo<T>(T value) => Task.FromResult(value);

    public Task<Everything?> EchoEverything(Everything? value) => Task.FromResult(value);

    public Task<object?> EchoObject(object? value) => Task.FromResult(value);

    public Task<Shape> EchoShape(Shape shape) => Task.FromResult(shape);

    public Task KeepSealed(Sealed value) => Keep(value);

    public Task KeepPromised([Immutable] List<string> value) => Keep(value);

    public Task KeepText(string value) => Keep(value);

    public Task KeepBytes(byte[] value) => Keep(value);

    public Task<bool> AreSame(List<string> first, List<string> second) => Task.FromResult(ReferenceEquals(first, second));

    private Task Keep(object value)
    {
        probe.Keep(Key, value);
        return Task.CompletedTask;
    }
}

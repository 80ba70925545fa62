namespace Sandbox.Engine.Tests.Identity;

internal interface IIdentityGrain : IGrainWithStringKey
{
    Task<string> MyKey();

    Task<string> MyId();

    Task<IIdentityGrain> Myself();

    Task<string> KeyOf(IIdentityGrain other);
}

internal interface INamedGrain : IGrainWithStringKey
{
    Task<string> MyId();
}

internal interface INobodysGrain : IGrainWithStringKey
{
    Task Nothing();
}

internal sealed class IdentityGrain : Grain, IIdentityGrain
{
    public Task<string> MyKey() => Task.FromResult(this.GetPrimaryKeyString());

    public Task<string> MyId() => Task.FromResult(this.GetGrainId().ToString());

    public Task<IIdentityGrain> Myself() => Task.FromResult(this.AsReference<IIdentityGrain>());

    public Task<string> KeyOf(IIdentityGrain other) => Task.FromResult(other.GetPrimaryKeyString());
}

[GrainType("a-name")]
internal sealed class ClassNamedOtherwise(IGrainContext context) : IGrainBase, INamedGrain
{
    public IGrainContext GrainContext { get; } = context;

    public Task<string> MyId() => Task.FromResult(GrainContext.GrainId.ToString());
}

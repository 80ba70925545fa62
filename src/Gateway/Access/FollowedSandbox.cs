using System.Collections.Concurrent;
using System.Reflection;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Access;

/// <summary>
/// A sandbox's grain as the gateway calls it: a call that is told that the sandbox goes on at another host is made again there. What is no call with an
/// outcome passes as it is; readings go on at their cursors.
/// </summary>
internal class FollowedSandbox : DispatchProxy
{
    private const int Tries = 12;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private static readonly MethodInfo s_follow =
        typeof(FollowedSandbox).GetMethod(nameof(FollowAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;

    // Null for calls without an outcome.
    private static readonly ConcurrentDictionary<MethodInfo, MethodInfo?> s_following = new();

    private ISandboxGrain _grain = null!;

    /// <summary>Follows a grain's sandbox.</summary>
    public static ISandboxGrain Of(ISandboxGrain grain)
    {
        var followed = Create<ISandboxGrain, FollowedSandbox>();
        ((FollowedSandbox)(object)followed)._grain = grain;
        return followed;
    }

    /// <summary>The grain itself, for what wants its identity.</summary>
    public static ISandboxGrain GrainOf(ISandboxGrain sandbox) => (object)sandbox is FollowedSandbox followed ? followed._grain : sandbox;

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var following = s_following.GetOrAdd(targetMethod!, method => OutcomeOf(method.ReturnType) is { } outcome ? s_follow.MakeGenericMethod(outcome) : null);
        return following is null
            ? Call(targetMethod!, args)
            : following.Invoke(this, BindingFlags.DoNotWrapExceptions, binder: null, [targetMethod, args], culture: null);
    }

    private static Type? OutcomeOf(Type returned) =>
        returned is { IsGenericType: true, GenericTypeArguments: [{ IsGenericType: true } answer] }
        && returned.GetGenericTypeDefinition() == typeof(Task<>) && answer.GetGenericTypeDefinition() == typeof(Outcome<>)
            ? answer.GenericTypeArguments[0]
            : null;

    private object? Call(MethodInfo method, object?[]? args) => method.Invoke(_grain, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);

    private async Task<Outcome<T>> FollowAsync<T>(MethodInfo method, object?[]? args)
        where T : class
    {
        for (var tries = 1; ; tries++)
        {
            var outcome = await (Task<Outcome<T>>)Call(method, args)!;
            if (tries == Tries || outcome.Error is not { Code: SandboxErrorCode.Moved }) return outcome;
            await Task.Delay(s_pause * (tries - 1));
        }
    }
}

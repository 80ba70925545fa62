using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Wire;

/// <summary>Ends a call that cannot be served, from wherever it was found out, with the error to answer.</summary>
internal sealed class CallException(CallError error) : Exception(error.Message)
{
    public CallError Error { get; } = error;

    public static CallException Invalid(string message) => new(CallError.Invalid(message));
}

/// <summary>Takes the values out of what grains answer.</summary>
internal static class OutcomeValues
{
    /// <summary>The value.</summary>
    /// <exception cref="CallException">There is none; it says why.</exception>
    public static T ValueOrThrow<T>(this Outcome<T> outcome)
        where T : class => outcome.Succeeded ? outcome.Value : throw new CallException(CallError.Of(outcome.Error));
}

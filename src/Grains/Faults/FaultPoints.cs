namespace Sandbox.Grains.Faults;

/// <summary>Tells whoever watches this process that a point was reached. Nobody does outside of tests, and then it costs a comparison.</summary>
public static class FaultPoints
{
    private static Action<FaultPoint>? s_reached;

    /// <summary>Has a method called at every point, on the thread that reaches it, which goes on when the method returns.</summary>
    public static void Watch(Action<FaultPoint> reached) => s_reached = reached;

    /// <summary>Says that a point was reached.</summary>
    public static void Reach(FaultPoint point) => s_reached?.Invoke(point);
}

using System.Collections.Immutable;

// Members without an id are what some of these types are for.
#pragma warning disable ORLEANS0004

namespace Sandbox.Engine.Tests.Copying;

[GenerateSerializer]
internal sealed class Parcel
{
    [Id(0)] public List<string> Items { get; set; } = [];

    [Id(1)] public Parcel? Inner { get; set; }

    [Id(2)] private int _secret;

    [Id(3)] public readonly Dictionary<string, int[]> Numbers = new(StringComparer.OrdinalIgnoreCase);

    public string? NotCarried { get; set; }

    public int Secret
    {
        get => _secret;
        set => _secret = value;
    }
}

[GenerateSerializer]
internal abstract record Shape([property: Id(0)] List<int> Marks);

[GenerateSerializer]
internal sealed record Circle(List<int> Marks, [property: Id(0)] double Radius) : Shape(Marks);

[GenerateSerializer]
internal sealed record Everything
{
    [Id(0)] public required int[] Array { get; init; }

    [Id(1)] public required HashSet<string> Set { get; init; }

    [Id(2)] public required ImmutableArray<int> Frozen { get; init; }

    [Id(3)] public int? Maybe { get; init; }

    [Id(4)] public DayOfWeek? Day { get; init; }

    [Id(5)] public (int Number, List<string> Names) Pair { get; init; }

    [Id(6)] public Tuple<string, int[]>? Old { get; init; }

    [Id(7)] public Uri? Link { get; init; }

    [Id(8)] public Point Where { get; init; }

    [Id(9)] public Guid Id { get; init; }

    [Id(10)] public DateTimeOffset When { get; init; }

    [Id(11)] public TimeSpan Long { get; init; }

    [Id(12)] public List<Shape> Shapes { get; init; } = [];

    [Id(13)] public Queue<int> Queue { get; init; } = [];

    [Id(14)] public Stack<int> Stack { get; init; } = [];

    [Id(15)] public IReadOnlyList<string> Interface { get; init; } = new List<string>();
}

[GenerateSerializer]
internal struct Point
{
    [Id(0)] public int X;

    [Id(1)] public int[] Path;
}

[GenerateSerializer, Immutable]
internal sealed record Sealed([property: Id(0)] byte[] Data);

internal sealed class NoSerializer
{
    public int Value { get; set; }
}

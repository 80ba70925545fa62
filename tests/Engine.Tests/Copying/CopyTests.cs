using System.Collections.Immutable;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Copying;

public sealed class CopyTests(UsualHost host)
{
    private const int Deadline = 30_000;

    [Fact(Timeout = Deadline)]
    public async Task What_the_grain_does_to_its_arguments_is_not_seen_by_the_caller()
    {
        var parcel = new Parcel { Items = ["a"], Inner = new Parcel { Items = ["b"] }, Numbers = { ["a"] = [1] } };

        await host.Grains.GetGrain<ICopyGrain>(Key.New()).Spoil(parcel);

        Assert.Equal(["a"], parcel.Items);
        Assert.Equal(["b"], parcel.Inner.Items);
        Assert.Equal([1], parcel.Numbers["a"]);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_the_caller_does_to_a_result_is_not_seen_by_the_grain()
    {
        var grain = host.Grains.GetGrain<ICopyGrain>(Key.New());

        (await grain.Held()).Items.Add("changed outside");

        Assert.Equal("held", await grain.HeldItems());
    }

    [Fact(Timeout = Deadline)]
    public async Task What_the_caller_does_after_the_call_is_not_seen_by_the_grain()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ICopyGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, "holding");
        var items = new List<string> { "before" };

        var joined = grain.Join(items);
        items.Add("after");
        host.Probe.Open(key);

        Assert.Equal("before", await joined);
        await holding;
    }

    [Fact(Timeout = Deadline)]
    public async Task Only_members_with_an_id_are_carried()
    {
        var result = await host.Grains.GetGrain<ICopyGrain>(Key.New()).Echo(new Parcel { Secret = 7, NotCarried = "lost" });

        Assert.Equal(7, result.Secret);
        Assert.Null(result.NotCarried);
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_kind_of_value_arrives_as_it_was()
    {
        var sent = new Everything
        {
            Array = [1, 2],
            Set = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "A" },
            Frozen = [3, 4],
            Maybe = 5,
            Day = DayOfWeek.Friday,
            Pair = (6, ["six"]),
            Old = Tuple.Create("seven", new[] { 7 }),
            Link = new Uri("https://example.test/"),
            Where = new Point { X = 8, Path = [9] },
            Id = Guid.NewGuid(),
            When = DateTimeOffset.UnixEpoch,
            Long = TimeSpan.FromSeconds(10),
            Shapes = [new Circle([11], 1.5)],
            Queue = new Queue<int>([1, 2]),
            Stack = new Stack<int>([1, 2]),
            Interface = new List<string> { "list" },
        };

        var got = await host.Grains.GetGrain<ICopyGrain>(Key.New()).EchoEverything(sent);

        Assert.NotNull(got);
        Assert.NotSame(sent, got);
        Assert.NotSame(sent.Array, got.Array);
        Assert.Equal(sent.Array, got.Array);
        Assert.NotSame(sent.Set, got.Set);
        Assert.Contains("a", got.Set);
        Assert.Equal(sent.Frozen.AsEnumerable(), got.Frozen);
        Assert.Equal(sent.Maybe, got.Maybe);
        Assert.Equal(sent.Day, got.Day);
        Assert.Equal(6, got.Pair.Number);
        Assert.NotSame(sent.Pair.Names, got.Pair.Names);
        Assert.Equal(["six"], got.Pair.Names);
        Assert.Equal([7], got.Old!.Item2);
        Assert.NotSame(sent.Old.Item2, got.Old.Item2);
        Assert.Equal(sent.Link, got.Link);
        Assert.Equal(8, got.Where.X);
        Assert.NotSame(sent.Where.Path, got.Where.Path);
        Assert.Equal([9], got.Where.Path);
        Assert.Equal((sent.Id, sent.When, sent.Long), (got.Id, got.When, got.Long));
        Assert.Equal([11], Assert.IsType<Circle>(Assert.Single(got.Shapes)).Marks);
        Assert.Equal([1, 2], got.Queue);
        Assert.Equal([2, 1], got.Stack);
        Assert.NotSame(sent.Interface, got.Interface);
        Assert.Equal(["list"], got.Interface);
    }

    [Fact(Timeout = Deadline)]
    public async Task Nothing_arrives_as_nothing()
    {
        var grain = host.Grains.GetGrain<ICopyGrain>(Key.New());

        Assert.Null(await grain.EchoEverything(null));
        Assert.Null(await grain.EchoObject(null));
        Assert.Null(await grain.Echo<int?>(null));
        Assert.Empty(await grain.Echo(Array.Empty<int>()));
        Assert.Empty(await grain.Echo(ImmutableArray<int>.Empty));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_derived_record_arrives_as_what_it_is_with_its_bases_members()
    {
        var sent = new Circle([1], 2.5);

        var got = Assert.IsType<Circle>(await host.Grains.GetGrain<ICopyGrain>(Key.New()).EchoShape(sent));

        Assert.Equal(2.5, got.Radius);
        Assert.Equal([1], got.Marks);
        Assert.NotSame(sent.Marks, got.Marks);
    }

    [Fact(Timeout = Deadline)]
    public async Task Shared_objects_stay_shared_and_circles_end()
    {
        var grain = host.Grains.GetGrain<ICopyGrain>(Key.New());
        var circle = new Parcel();
        circle.Inner = circle;

        var got = await grain.Echo(circle);
        Assert.NotSame(circle, got);
        Assert.Same(got, got.Inner);

        var shared = new List<string>();
        var pair = await grain.Echo((shared, shared));
        Assert.Same(pair.Item1, pair.Item2);
    }

    [Fact(Timeout = Deadline)]
    public async Task Dictionaries_keep_their_comparer()
    {
        var got = await host.Grains.GetGrain<ICopyGrain>(Key.New())
            .Echo(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 });

        Assert.Equal(1, got["a"]);
    }

    [Fact(Timeout = Deadline)]
    public async Task Immutable_values_are_not_copied()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ICopyGrain>(key);

        var value = new Sealed([1]);
        await grain.KeepSealed(value);
        Assert.Same(value, host.Probe.Kept(key));

        var promised = new List<string>();
        await grain.KeepPromised(promised);
        Assert.Same(promised, host.Probe.Kept(key));

        var text = new string('x', 3);
        await grain.KeepText(text);
        Assert.Same(text, host.Probe.Kept(key));

        byte[] bytes = [1];
        await grain.KeepBytes(bytes);
        Assert.NotSame(bytes, host.Probe.Kept(key));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_type_that_is_not_marked_is_refused_by_name_and_the_grain_works_on()
    {
        var grain = host.Grains.GetGrain<ICopyGrain>(Key.New());

        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await grain.EchoObject(new NoSerializer()));

        Assert.Equal("CodecNotFoundException", failure.GetType().Name);
        Assert.Contains(nameof(NoSerializer), failure.Message, StringComparison.Ordinal);
        Assert.Equal("text", await grain.EchoObject("text"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_value_that_is_not_marked_is_refused_deep_inside_too()
    {
        var grain = host.Grains.GetGrain<ICopyGrain>(Key.New());

        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await grain.Echo(new List<object> { 1, new NoSerializer() }));

        Assert.Contains(nameof(NoSerializer), failure.Message, StringComparison.Ordinal);
    }
}

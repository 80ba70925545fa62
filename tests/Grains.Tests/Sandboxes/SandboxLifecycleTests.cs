using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Life;
using static Sandbox.Grains.Sandboxes.SandboxErrorCode;
using static Sandbox.Grains.Sandboxes.SandboxStatus;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class SandboxLifecycleTests
{
    // The table of SandboxLifecycle's documentation, once more: what each step leads to, an error, or null for what cannot happen.
    private static readonly Dictionary<string, object?[]> Table = new()
    {
        //            Create    Started  Pause     Resume    Delete    Removed  Lost     Suspend     Slept      StayedAwake  Wake
        ["none"] = [Creating, null, NotFound, NotFound, NotFound, null, null, NotFound, null, null, NotFound],
        ["Creating"] = [Conflict, Running, Conflict, Conflict, Deleting, null, Failed, Conflict, null, null, Conflict],
        ["Running"] = [Conflict, null, Paused, Running, Deleting, null, Failed, Suspending, Suspended, null, Running],
        ["Paused"] = [Conflict, null, Paused, Running, Deleting, null, Failed, Suspending, Suspended, null, Paused],
        ["Suspending"] = [Conflict, null, Conflict, Conflict, Deleting, null, Failed, Conflict, Suspended, Running, Conflict],
        ["Suspended"] = [Conflict, null, Conflict, Conflict, Deleting, null, Failed, Suspended, null, null, Restoring],
        ["Restoring"] = [Conflict, Running, Conflict, Conflict, Deleting, null, Failed, Conflict, Suspended, null, Conflict],
        ["Deleting"] = [Conflict, null, Conflict, Conflict, Deleting, Deleted, Deleted, Conflict, null, null, Conflict],
        ["Deleted"] = [Creating, null, Gone, Gone, Deleted, null, null, Gone, null, null, Gone],
        ["Failed"] = [Creating, null, Gone, Gone, Deleted, null, null, Gone, null, null, Gone],
    };

    public static TheoryData<string, string> Cells =>
        [.. Table.Keys.SelectMany(from => Enum.GetNames<SandboxStep>().Select(step => new TheoryDataRow<string, string>(from, step)))];

    [Fact]
    public void The_table_has_every_status_and_every_step()
    {
        Assert.Equal([.. Enum.GetNames<SandboxStatus>(), "none"], Table.Keys.Order(StringComparer.Ordinal).ToHashSet());
        Assert.All(Table.Values, row => Assert.Equal(Enum.GetValues<SandboxStep>().Length, row.Length));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_step_leads_where_the_table_says(string fromName, string stepName)
    {
        var from = Status(fromName);
        var step = Enum.Parse<SandboxStep>(stepName);
        switch (Table[fromName][(int)step])
        {
            case null:
                Assert.Throws<InvalidOperationException>(() => SandboxLifecycle.Take(from, step));
                break;
            case SandboxErrorCode code:
                var (stays, error) = SandboxLifecycle.Take(from, step, "because");
                Assert.Equal(code, error?.Code);
                Assert.Equal(from, error!.Status);
                Assert.Equal(from ?? default, stays);
                if (code is Gone) Assert.Equal("because", error.Message);
                break;
            case SandboxStatus to:
                Assert.Equal((to, null), SandboxLifecycle.Take(from, step));
                break;
        }
    }

    [Theory]
    [InlineData("none", NotFound, NotFound)]
    [InlineData("Creating", Conflict, Conflict)]
    [InlineData("Running", null, null)]
    [InlineData("Paused", null, Conflict)]
    [InlineData("Suspending", null, Conflict)]
    [InlineData("Suspended", Conflict, Conflict)]
    [InlineData("Restoring", Conflict, Conflict)]
    [InlineData("Deleting", Gone, Gone)]
    [InlineData("Deleted", Gone, Gone)]
    [InlineData("Failed", Gone, Gone)]
    public void A_status_allows_to_look_and_to_reach_in(string status, SandboxErrorCode? look, SandboxErrorCode? reach)
    {
        Assert.Equal(look, SandboxLifecycle.Check(Status(status), "because", SandboxUse.Look)?.Code);
        Assert.Equal(reach, SandboxLifecycle.Check(Status(status), "because", SandboxUse.Reach)?.Code);
    }

    private static SandboxStatus? Status(string name) => name == "none" ? null : Enum.Parse<SandboxStatus>(name);
}

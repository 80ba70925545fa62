using System.Diagnostics;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Tests.Containers;

namespace Sandbox.Silo.Tests.Limits;

/// <summary>
/// cgroup v2 by the kernel itself: the whole machine's, or the second hierarchy of a machine in hybrid mode, which has no controllers for memory and
/// processors but all the rest.
/// </summary>
[Collection("runsc")]
public sealed class CgroupV2Tests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string? Root => CgroupLayout.OfThisProcess().V2Root;

    private static string NewName => $"sandbox-test-{Guid.NewGuid():n}"[..24];

    [Fact(Timeout = 60_000)]
    public async Task A_container_in_a_v2_cgroup_is_counted_frozen_killed_and_removed()
    {
        Assert.SkipWhen(Root is null, "There is no cgroup v2 here.");
        await using var server = await TestServer.StartAsync(binaries, new CgroupV2Tree(Root, Root, NewName));
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);
        // Starting alone costs several times that.
        Assert.InRange(container.ReadUsage().Cpu!.Value.TotalMilliseconds, 10, 5000);

        container.Freeze();
        await container.SayAsync("echo late", Cancellation);
        var answer = container.FromGuest.ReadAsync(new byte[5], Cancellation).AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(200), Cancellation));
        container.Thaw();
        Assert.Equal(5, await answer);

        await container.AskAsync("deaf", Cancellation);
        await container.KillAsync();
        await container.DisposeAsync();
        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cgroup_of_ones_own_with_somebody_else_in_it_is_left_alone_and_the_top_is_used()
    {
        await WithOwnCgroupAsync((own, stranger) =>
        {
            var tree = new CgroupV2Tree(own, Root!, NewName);
            tree.Prepare();
            try
            {
                var cgroup = tree.Create("child", new CgroupLimits());
                Assert.True(File.Exists(cgroup.EntryFiles[0]));
                Assert.Contains(stranger, CgroupFile.ReadProcesses(own + "/cgroup.procs"));
                Assert.True(cgroup.TryRemove());
            }
            finally
            {
                tree.Remove();
            }
        });
    }

    [Fact(Timeout = 60_000)]
    public async Task The_top_of_a_container_is_emptied_so_that_its_children_can_have_controllers()
    {
        await WithOwnCgroupAsync((own, stranger) =>
        {
            var name = NewName;
            var tree = new CgroupV2Tree(own, own, name);
            tree.Prepare();
            try
            {
                Assert.Empty(CgroupFile.ReadProcesses(own + "/cgroup.procs"));
                Assert.Contains(stranger, CgroupFile.ReadProcesses($"{own}/{name}-server/cgroup.procs"));
                Assert.True(tree.Create("child", new CgroupLimits()).TryRemove());
            }
            finally
            {
                tree.Remove();
            }

            return $"{own}/{name}-server";
        });
    }

    [Fact(Timeout = 60_000)]
    public void What_the_hierarchy_lacks_is_named()
    {
        Assert.SkipWhen(Root is null, "There is no cgroup v2 here.");
        var has = (CgroupFile.TryRead(Root + "/cgroup.controllers") ?? "").Split(' ', StringSplitOptions.TrimEntries);
        var tree = new CgroupV2Tree(Root, Root, NewName);
        tree.Prepare();
        tree.Remove();

        Assert.Equal(!has.Contains("memory"), tree.Unenforced.Any(limit => limit.Limit == HostLimit.Memory));
        Assert.Equal(!has.Contains("cpu"), tree.Unenforced.Any(limit => limit.Limit == HostLimit.CpuShare));
        Assert.DoesNotContain(tree.Unenforced, limit => limit.Limit is HostLimit.CpuTime or HostLimit.Freeze);
    }

    private static Task WithOwnCgroupAsync(Action<string, int> test) => WithOwnCgroupAsync((own, stranger) =>
    {
        test(own, stranger);
        return null;
    });

    /// <summary>Runs a test with a cgroup that has a process in it, and removes both.</summary>
    private static async Task WithOwnCgroupAsync(Func<string, int, string?> test)
    {
        Assert.SkipWhen(Root is null, "There is no cgroup v2 here.");
        var own = Directory.CreateDirectory($"{Root}/{NewName}").FullName;
        using var stranger = Process.Start("sleep", "60");
        string? leaf = null;
        try
        {
            CgroupFile.Write(own + "/cgroup.procs", $"{stranger.Id}");
            leaf = test(own, stranger.Id);
        }
        finally
        {
            stranger.Kill();
            await stranger.WaitForExitAsync(CancellationToken.None);
            if (leaf is not null)
                Assert.True(NativeDirectory.TryRemove(leaf));
            Assert.True(NativeDirectory.TryRemove(own));
        }
    }
}

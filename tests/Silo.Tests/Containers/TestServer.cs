using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>A server's part that runs containers, on a data directory of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private TestServer(string data, ContainerRuntime runtime, ServerDirectories directories)
    {
        Data = data;
        Runtime = runtime;
        Directories = directories;
    }

    public string Data { get; }

    public ContainerRuntime Runtime { get; }

    public ServerDirectories Directories { get; }

    public static async Task<TestServer> StartAsync(
        TestBinaries binaries, ICgroupTree? cgroups = null, Func<ContainerRuntimeOptions, ContainerRuntimeOptions>? change = null, string? data = null)
    {
        data ??= System.IO.Directory.CreateTempSubdirectory("sandbox-silo-").FullName;
        var directories = new ServerDirectories(data);
        var options = new ContainerRuntimeOptions
        {
            Runsc = await RunscInstallation.FindAsync(path: null, TestContext.Current.CancellationToken),
            AgentFile = binaries.Guest,
            LauncherFile = binaries.Launcher,
        };
        cgroups ??= CgroupTrees.For(CgroupLayout.OfThisProcess(), directories.CgroupName);
        return new TestServer(data, new ContainerRuntime(change?.Invoke(options) ?? options, directories, cgroups, NullLogger<ContainerRuntime>.Instance), directories);
    }

    /// <summary>A layer that is seen at /l/0, with one file.</summary>
    public string Layer()
    {
        var layer = System.IO.Directory.CreateDirectory(Path.Combine(Data, "layer")).FullName;
        File.WriteAllText(Path.Combine(layer, "greeting"), "hello from the host\n");
        return layer;
    }

    /// <summary>A shell script in place of a program.</summary>
    public string Script(string name, string text)
    {
        var path = Path.Combine(Data, name);
        File.WriteAllText(path, $"#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>What is on the machine of this server's containers.</summary>
    public ContainerResidue Residue => new(Directories, Runtime.Cgroups, NullLogger<ContainerResidue>.Instance);

    public Container Start(CgroupLimits? limits = null) => Runtime.Start(new ContainerSpec { Layers = [Layer()], Limits = limits ?? new() });

    /// <summary>Removes everything, and proves first that nothing was left.</summary>
    public async ValueTask DisposeAsync()
    {
        var left = Residue.Inspect();
        await Residue.RemoveAsync(CancellationToken.None);
        Runtime.Cgroups.Remove();
        System.IO.Directory.Delete(Data, recursive: true);
        Assert.True(left.IsEmpty, $"Left behind:\n{left}");
    }
}

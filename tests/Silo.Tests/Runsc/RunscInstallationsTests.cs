using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Runsc;

public sealed class RunscInstallationsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-silo-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact(Timeout = 30_000)]
    public async Task Each_version_is_found_by_the_text_that_a_checkpoint_recorded()
    {
        var usual = Fake("usual/runsc", "release-20250820.0");
        var single = Fake("single/my-runsc", "release-20240805.0");
        var flat = Fake("several/runsc-20241001", "release-20241001.0");
        var nested = Fake("several/2025/runsc", "release-20250106.0");
        File.WriteAllText(Path.Combine(_directory, "several/runsc.txt"), "no program");

        var found = await RunscInstallations.FindAsync(
            new RunscOptions { Path = usual, Others = $"{single}:{Path.Combine(_directory, "several")}" }, Cancellation);

        Assert.Equal(usual, found.Usual.Path);
        Assert.Equal(usual, found.Find("release-20250820.0")?.Path);
        Assert.Equal(single, found.Find("release-20240805.0")?.Path);
        Assert.Equal(flat, found.Find("release-20241001.0")?.Path);
        Assert.Equal(nested, found.Find("release-20250106.0")?.Path);
        Assert.Null(found.Find("release-20250106"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_others_there_is_the_usual_one()
    {
        var found = await RunscInstallations.FindAsync(new RunscOptions { Path = Fake("runsc", "release-20250820.0") }, Cancellation);

        Assert.Empty(found.Others);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("empty")]
    [InlineData("absent")]
    public async Task A_place_without_runsc_is_refused_by_its_name(string place)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "empty"));
        var options = new RunscOptions { Path = Fake("runsc", "release-20250820.0"), Others = Path.Combine(_directory, place) };

        var error = await Assert.ThrowsAsync<RunscUnavailableException>(() => RunscInstallations.FindAsync(options, Cancellation));

        Assert.Contains(options.Others, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("release-20240729.0", false)]
    [InlineData("release-20250820.0", true)]
    public void Features_are_levelled_by_versions_that_can(string text, bool can)
    {
        var installation = new RunscInstallation("/x/runsc", RunscVersion.Parse($"runsc version {text}")!);

        Assert.Equal(can, installation.Version.LevelsFeatures);
        if (can)
            installation.RequireLevelling();
        else
            Assert.Contains("Runsc:CpuFeatures", Assert.Throws<RunscUnavailableException>(installation.RequireLevelling).Message, StringComparison.Ordinal);
    }

    private string Fake(string name, string version)
    {
        var path = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/sh\necho 'runsc version {version}'\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}

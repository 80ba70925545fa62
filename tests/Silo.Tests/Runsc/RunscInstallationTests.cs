using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Runsc;

public sealed class RunscInstallationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-silo-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact(Timeout = 30_000)]
    public async Task The_installed_runsc_is_found()
    {
        var runsc = await RunscInstallation.FindAsync(path: null, Cancellation);

        Assert.True(runsc.Version.IsSupported);
        Assert.True(File.Exists(runsc.Path));
    }

    [Theory]
    [InlineData("runsc version release-20240729.0\nspec: 1.1.0-rc.1\n", "release-20240729.0", true)]
    [InlineData("runsc version 0.0~20240729.0\nspec: 1.0.2-dev\n", "0.0~20240729.0", true)]
    [InlineData("runsc version 0.0~20221219.0\n", "0.0~20221219.0", false)]
    [InlineData("runsc version release-20251103.0-12-gabcdef\n", "release-20251103.0-12-gabcdef", true)]
    public void Versions_are_read(string output, string text, bool supported)
    {
        var version = RunscVersion.Parse(output);

        Assert.Equal(text, version?.Text);
        Assert.Equal(supported, version?.IsSupported);
    }

    [Theory]
    [InlineData("")]
    [InlineData("runc version 1.1.5\n")]
    [InlineData("runsc version release-20249999.0\n")]
    public void What_is_no_version_is_not_read(string output) => Assert.Null(RunscVersion.Parse(output));

    [Fact(Timeout = 30_000)]
    public async Task An_old_runsc_is_refused_with_its_version_and_the_remedy()
    {
        var error = await Assert.ThrowsAsync<RunscUnavailableException>(() => RunscInstallation.FindAsync(Fake("echo 'runsc version 0.0~20221219.0'"), Cancellation));

        Assert.Contains("0.0~20221219.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("20240729", error.Message, StringComparison.Ordinal);
        Assert.Contains("./sandbox setup", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_missing_runsc_is_refused_with_the_remedy()
    {
        var error = await Assert.ThrowsAsync<RunscUnavailableException>(() => RunscInstallation.FindAsync("/nonexistent/runsc", Cancellation));

        Assert.Contains("/nonexistent/runsc", error.Message, StringComparison.Ordinal);
        Assert.Contains("./sandbox setup", error.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("echo broken >&2; exit 3", "broken")]
    [InlineData("echo something else", "something else")]
    public async Task A_program_that_is_no_runsc_is_refused_with_what_it_said(string script, string said)
    {
        var error = await Assert.ThrowsAsync<RunscUnavailableException>(() => RunscInstallation.FindAsync(Fake(script), Cancellation));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private string Fake(string script)
    {
        var path = Path.Combine(_directory, "runsc");
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}

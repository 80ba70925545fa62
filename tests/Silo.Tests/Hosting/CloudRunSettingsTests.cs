using Microsoft.Extensions.Configuration;
using Sandbox.Silo.Hosting.CloudRun;

namespace Sandbox.Silo.Tests.Hosting;

/// <summary>Every environment variable of Cloud Run Sandbox: what becomes of it here, or why nothing does.</summary>
public sealed class CloudRunSettingsTests
{
    [Theory]
    [InlineData("LOG_LEVEL", "DEBUG", "LogLevel", "Debug")]
    [InlineData("LOG_LEVEL", "warning", "LogLevel", "Warning")]
    [InlineData("LOG_LEVEL", "CRITICAL", "LogLevel", "Critical")]
    [InlineData("RUNSC_PLATFORM", "systrap", "Runsc:Platform", "Systrap")]
    [InlineData("RUNSC_PLATFORM", "ptrace", "Runsc:Platform", "Ptrace")]
    [InlineData("SANDBOX_CHECKPOINT_MOUNT_PATH", "/mnt/gcs", "Blobs", "/mnt/gcs/sandbox")]
    [InlineData("CHECKPOINT_AND_RESTORE_PATH", "/mnt/gcs/", "Blobs", "/mnt/gcs/sandbox")]
    [InlineData("SANDBOX_METADATA_MOUNT_PATH", "/mnt/gcs", "Blobs", "/mnt/gcs/sandbox")]
    [InlineData("FILESYSTEM_SNAPSHOT_MOUNT_PATH", "/mnt/gcs", "Holding:SharedStore", "true")]
    [InlineData("FILESYSTEM_SNAPSHOT_PATH", "/mnt/gcs", "Blobs", "/mnt/gcs/sandbox")]
    public void A_variable_is_a_setting_of_this_server(string name, string value, string setting, string means)
    {
        var read = Read((name, value));
        Assert.Equal(means, read.Settings[setting]);
        Assert.Empty(read.Notes);
    }

    [Theory]
    [InlineData("LOG_LEVEL", "LOUD")]
    [InlineData("RUNSC_PLATFORM", "kvm")]
    [InlineData("RUNSC_PLATFORM", "7")]
    [InlineData("RUNSC_USE_SUDO", "true")]
    [InlineData("RUNSC_ROOTLESS", "1")]
    [InlineData("RUNSC_ROOT_DIR_BASE", "/tmp/runsc")]
    [InlineData("RUNSC_BUNDLE_DIR_BASE", "/tmp/bundles")]
    [InlineData("RUNSC_IGNORE_CGROUPS", "yes")]
    [InlineData("RUNSC_DISABLE_NETWORKING", "false")]
    [InlineData("RUNSC_READONLY_FILESYSTEM", "True")]
    [InlineData("GVISOR_DEBUG", "on")]
    [InlineData("GVISOR_STRACE", "true")]
    public void What_cannot_be_honoured_is_said_with_its_reason_and_sets_nothing(string name, string value)
    {
        var read = Read((name, value));
        Assert.StartsWith(name, Assert.Single(read.Notes), StringComparison.Ordinal);
        Assert.Empty(read.Settings);
    }

    [Theory]
    [InlineData("RUNSC_USE_SUDO", "false")]
    [InlineData("RUNSC_ROOTLESS", "false")]
    [InlineData("RUNSC_IGNORE_CGROUPS", "0")]
    [InlineData("RUNSC_DISABLE_NETWORKING", "true")]
    [InlineData("RUNSC_READONLY_FILESYSTEM", "false")]
    [InlineData("GVISOR_DEBUG", "")]
    [InlineData("GVISOR_STRACE", "false")]
    public void What_is_so_anyway_needs_no_word(string name, string value)
    {
        var read = Read((name, value));
        Assert.Empty(read.Notes);
        Assert.Empty(read.Settings);
    }

    [Fact]
    public void The_port_is_everybodys_where_it_is_known_who_comes_and_this_machines_alone_before()
    {
        var known = CloudRunSettings.Read(name => name == "PORT" ? "9000" : null, anybody: false);
        Assert.Equal(("9000", "0.0.0.0"), (known.Settings["Port"], known.Settings["Listen"]));
        Assert.Empty(known.Notes);
        var anybody = Read(("PORT", "9000"));
        Assert.Equal("9000", anybody.Settings["Port"]);
        Assert.DoesNotContain("Listen", anybody.Settings.Keys);
        Assert.StartsWith("PORT", Assert.Single(anybody.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mount_wins_over_a_bucket_and_one_store_over_several()
    {
        var read = Read(
            ("SANDBOX_CHECKPOINT_MOUNT_PATH", "/mnt/one"), ("SANDBOX_CHECKPOINT_BUCKET", "one"),
            ("SANDBOX_METADATA_MOUNT_PATH", "/mnt/one/"), ("FILESYSTEM_SNAPSHOT_MOUNT_PATH", "/mnt/two"));
        Assert.Equal("/mnt/one/sandbox", read.Settings["Blobs"]);
        Assert.StartsWith("FILESYSTEM_SNAPSHOT_MOUNT_PATH", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SANDBOX_CHECKPOINT_BUCKET")]
    [InlineData("SANDBOX_METADATA_BUCKET")]
    [InlineData("FILESYSTEM_SNAPSHOT_BUCKET")]
    public void A_bucket_is_the_shared_store(string name)
    {
        var read = Read((name, "bucket"));
        Assert.Equal(("gs://bucket/sandbox", "true"), (read.Settings["Blobs"], read.Settings["Holding:SharedStore"]));
        Assert.Empty(read.Notes);
    }

    [Fact]
    public void What_is_set_in_this_servers_own_words_wins()
    {
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("Blobs", "default")]);
        var below = configuration.Sources.Count;
        configuration.AddInMemoryCollection([new("Port", "1"), new("Access:Google:Audience", "https://a.example")]);
        var read = configuration.AddCloudRunSettings(below, name => name switch { "PORT" => "2", "FILESYSTEM_SNAPSHOT_PATH" => "/mnt", _ => null });
        Assert.Equal(("1", "0.0.0.0", "/mnt/sandbox"), (configuration["Port"], configuration["Listen"], configuration["Blobs"]));
        Assert.Empty(read.Notes);
    }

    private static CloudRunSettings Read(params (string Name, string Value)[] variables) => CloudRunSettings.Read(
        name => variables.FirstOrDefault(variable => variable.Name == name).Value, anybody: true);
}

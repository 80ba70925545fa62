using System.Text;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Checkpoints;

public sealed class CheckpointKeysTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_key_is_made_on_first_use_for_the_server_alone_and_stays()
    {
        var signed = CheckpointKeys.Open(_directory.Path, new CheckpointOptions()).Sign("{}"u8.ToArray());
        var file = new FileInfo(_directory.Below("keys", "checkpoints"));
        Assert.Equal((32, UnixFileMode.UserRead | UnixFileMode.UserWrite), (file.Length, file.UnixFileMode));
        Assert.Equal("{}", Encoding.UTF8.GetString(CheckpointKeys.Open(_directory.Path, new CheckpointOptions()).Verify(signed, "x")));
        Assert.Single(Directory.EnumerateFiles(_directory.Below("keys")));
    }

    [Fact]
    public void What_an_older_key_signed_is_believed_while_the_key_is_named()
    {
        var old = Key("old");
        var signed = CheckpointKeys.Open(_directory.Path, new CheckpointOptions { KeyFile = old }).Sign("{}"u8.ToArray());
        var options = new CheckpointOptions { KeyFile = Key("new"), OlderKeyFiles = { old } };
        Assert.Equal("{}", Encoding.UTF8.GetString(CheckpointKeys.Open(_directory.Path, options).Verify(signed, "x")));
        options.OlderKeyFiles.Clear();
        Refused(CheckpointRefusalKind.WrongKey, CheckpointKeys.Open(_directory.Path, options), signed);
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        var signed = Drafts.Keys.Sign("""{"version":1}"""u8.ToArray());
        for (var i = 0; i < signed.Length; i++)
        {
            var changed = signed.ToArray();
            changed[i] ^= 1;
            Assert.Throws<CheckpointRefusedException>(() => Drafts.Keys.Verify(changed, "x").Length);
            Assert.Throws<CheckpointRefusedException>(() => Drafts.Keys.Verify(signed.AsSpan(0, i), "x").Length);
        }

        Refused(CheckpointRefusalKind.Damaged, Drafts.Keys, [.. signed, (byte)' ']);
        Refused(CheckpointRefusalKind.Unsigned, Drafts.Keys, """{"version":1}"""u8.ToArray());
    }

    [Fact]
    public void A_later_version_is_told_from_damage()
    {
        var refused = Assert.Throws<CheckpointRefusedException>(() => CheckpointManifest.Parse("""{"version":2,"shape":[]}"""u8, "x"));
        Assert.Equal(CheckpointRefusalKind.TooNew, refused.Refusal.Kind);
        refused = Assert.Throws<CheckpointRefusedException>(() => CheckpointManifest.Parse("""{"version":1}"""u8, "x"));
        Assert.Equal(CheckpointRefusalKind.Damaged, refused.Refusal.Kind);
        var manifest = Drafts.Manifest(new SandboxKey("alice", "box"));
        Assert.Equivalent(manifest, CheckpointManifest.Parse(manifest.ToJson(), "x"), strict: true);
    }

    [Fact]
    public void A_key_that_others_may_read_or_that_is_none_is_refused_with_the_remedy()
    {
        var key = Key("key");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<DataDirectoryException>(Open).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(key, "short");
        Assert.Contains("urandom", Assert.Throws<DataDirectoryException>(Open).Message, StringComparison.Ordinal);
        File.Delete(key);
        Assert.Contains("KeyFile", Assert.Throws<DataDirectoryException>(Open).Message, StringComparison.Ordinal);

        void Open() => CheckpointKeys.Open(_directory.Path, new CheckpointOptions { KeyFile = key });
    }

    private static void Refused(CheckpointRefusalKind kind, CheckpointKeys keys, byte[] signed) =>
        Assert.Equal(kind, Assert.Throws<CheckpointRefusedException>(() => keys.Verify(signed, "x").Length).Refusal.Kind);

    private string Key(string name)
    {
        var path = _directory.Below(name);
        File.WriteAllBytes(path, System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}

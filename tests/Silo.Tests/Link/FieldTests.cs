using System.Text;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class FieldTests
{
    [Fact]
    public void Fields_come_out_in_the_order_they_went_in()
    {
        var fields = Read(new FieldWriter().Text(1, "ä").Bytes(2, [0, 1]).Number(3, 4u).Number(4, 5ul).Limit(10, new ResourceLimit(7, 100)).Bytes(2, []));
        Assert.Equal([1, 2, 3, 4, 10, 2], fields.Select(field => field.Tag));
        Assert.Equal("ä"u8.ToArray(), fields[0].Value);
        Assert.Equal([0, 1], fields[1].Value);
        Assert.Equal(GuestFrames.U32(4), fields[2].Value);
        Assert.Equal(GuestFrames.U64(5), fields[3].Value);
        Assert.Equal([.. GuestFrames.U32(7), .. GuestFrames.U64(100)], fields[4].Value);
        Assert.Empty(fields[5].Value);
    }

    [Fact]
    public void A_field_longer_than_the_payload_is_a_violation_at_every_cut()
    {
        var bytes = new byte[12];
        new FieldWriter().Bytes(1, new byte[6]).CopyTo(bytes);
        for (var length = 1; length < bytes.Length; length++)
        {
            var cut = bytes[..length];
            var violation = Assert.Throws<LinkViolationException>(() => { new FieldReader(cut).TryRead(out _, out _); });
            Assert.Equal(LinkRule.BadValue, violation.Rule);
        }

        byte[] huge = [1, 0, 255, 255, 255, 255, 0];
        Assert.Throws<LinkViolationException>(() => { new FieldReader(huge).TryRead(out _, out _); });
    }

    [Fact]
    public void Text_with_a_nul_is_refused() => Assert.Throws<ArgumentException>(() => new FieldWriter().Text(1, "a\0b"));

    [Fact]
    public void A_start_carries_its_fields_under_the_tags_of_the_protocol()
    {
        var fields = Read(ProcessStart.ToFields(new ProcessStart
        {
            Id = "run-1",
            Arguments = ["sh", "-c", "true"],
            Environment = ["A=1", "B=2"],
            Directory = "/home/user",
            Uid = 1000,
            Gid = 1001,
            File = new FileToMake("/tmp/f", "x"u8.ToArray()),
            StdinClosed = true,
            ResultChannel = true,
            Limits = [new ResourceLimit(1, 2)],
        }));
        Assert.Equal([1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10], fields.Select(field => field.Tag));
        Assert.Equal(["run-1", "sh", "-c", "true", "A=1", "B=2", "/home/user"], fields.Take(7).Select(field => Encoding.UTF8.GetString(field.Value)));
        Assert.Equal(GuestFrames.U32(3), fields.Single(field => field.Tag == 9).Value);
    }

    [Fact]
    public void A_mould_and_its_pour_carry_theirs()
    {
        var start = Read(ProcessStart.ToFields(ScriptedGuest.Shell with { Mould = new Mould("/run/s", "/run/r") }));
        Assert.Equal([1, 2, 4, 5, 6, 7, 9, 11], start.Select(field => field.Tag));
        Assert.Equal(GuestFrames.U32(4), start.Single(field => field.Tag == 9).Value);
        var pour = Read(new ProcessPour
        {
            Content = "print(1)"u8.ToArray(),
            ResultChannel = true,
            Limits = [new ResourceLimit(1, 2)],
            Files = [new FileToMake("/a", new byte[3])],
        }.ToFields());
        Assert.Equal([1, 2, 3, 4, 5], pour.Select(field => field.Tag));
        Assert.Equal(GuestFrames.U32(2), pour[2].Value);
    }

    private static IReadOnlyList<(int Tag, byte[] Value)> Read(FieldWriter writer)
    {
        var payload = new byte[writer.Length];
        writer.CopyTo(payload);
        return new HostFrame(default, payload).Fields();
    }
}

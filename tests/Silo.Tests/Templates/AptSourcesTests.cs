using Sandbox.Silo.Templates;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Templates;

public sealed class AptSourcesTests
{
    [Theory]
    [InlineData("deb http://mirror.test/debian bookworm main contrib", "deb http://mirror.test/debian bookworm main")]
    [InlineData("deb [arch=amd64 signed-by=/k.gpg] https://m.test/d bookworm-security main # why", "deb [arch=amd64 signed-by=/k.gpg] https://m.test/d bookworm-security main")]
    [InlineData("  deb\thttp://mirror.test/debian\tbookworm-updates  main", null)]
    [InlineData("deb-src http://mirror.test/debian bookworm main", null)]
    [InlineData("# deb http://mirror.test/debian bookworm main", null)]
    [InlineData("deb http://mirror.test/debian bookworm-backports main", null)]
    [InlineData("deb http://mirror.test/debian trixie main", null)]
    [InlineData("deb http://mirror.test/debian bookworm contrib", null)]
    public void A_one_line_source_is_kept_for_the_suite_and_main(string line, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], AptSources.OneLine(line, "bookworm"));

    [Fact]
    public void Stanzas_are_spelled_out()
    {
        const string text = """
            # The machine's own.
            Types: deb deb-src
            URIs: http://one.test/debian
             http://two.test/debian
            Suites: bookworm bookworm-updates
            # Between the lines of a stanza.
              bookworm-backports
            Components: main contrib
            Signed-By: /usr/share/keyrings/k.gpg

            Types: deb
            URIs: http://one.test/security
            Suites: bookworm-security
            Components: main

            Enabled: no
            Types: deb
            URIs: http://off.test/debian
            Suites: bookworm
            Components: main

            Types: deb-src
            URIs: http://source.test/debian
            Suites: bookworm
            Components: main
            """;
        Assert.Equal(
            [
                "deb [signed-by=/usr/share/keyrings/k.gpg] http://one.test/debian bookworm main",
                "deb [signed-by=/usr/share/keyrings/k.gpg] http://one.test/debian bookworm-updates main",
                "deb [signed-by=/usr/share/keyrings/k.gpg] http://two.test/debian bookworm main",
                "deb [signed-by=/usr/share/keyrings/k.gpg] http://two.test/debian bookworm-updates main",
                "deb http://one.test/security bookworm-security main",
            ],
            AptSources.Deb822(text, "bookworm"));
    }

    [Fact]
    public void All_files_that_apt_would_read_are_read_and_no_others()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Below("sources.list.d"));
        File.WriteAllText(directory.Below("sources.list"), "deb http://a.test/ bookworm main\n");
        File.WriteAllText(directory.Below("sources.list.d", "b.list"), "deb http://b.test/ bookworm main\ndeb http://a.test/ bookworm main\n");
        File.WriteAllText(directory.Below("sources.list.d", "c.sources"), "Types: deb\nURIs: http://c.test/\nSuites: bookworm\nComponents: main\n");
        File.WriteAllText(directory.Below("sources.list.d", "d.list.disabled"), "deb http://d.test/ bookworm main\n");
        Assert.Equal(["deb http://a.test/ bookworm main", "deb http://b.test/ bookworm main", "deb http://c.test/ bookworm main"], AptSources.Read(directory.Path, "bookworm"));
    }

    [Fact]
    public void A_machine_without_sources_for_the_suite_is_told_so()
    {
        using var directory = new TemporaryDirectory();
        var refused = Assert.Throws<TemplateException>(() => AptSources.Read(directory.Path, "bookworm"));
        Assert.Contains("no package source for Debian 'bookworm'", refused.Message, StringComparison.Ordinal);
    }
}

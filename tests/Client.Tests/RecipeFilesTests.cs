using System.Formats.Tar;
using System.Text.Json;

namespace Sandboxes.Tests;

/// <summary>What a recipe copies, packed: nothing outside of its folder.</summary>
public sealed class RecipeFilesTests : IDisposable
{
    private readonly string _outside = Directory.CreateTempSubdirectory("sandbox-recipe-").FullName;
    private readonly string _folder;

    public RecipeFilesTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_outside, "folder")).FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "d", "e"));
        foreach (var name in new[] { "a", "d/b", "d/e/c", "../secret" }) File.WriteAllText(Path.Combine(_folder, name), name);
    }

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    [Fact]
    public void Files_directories_and_links_among_them_are_packed_once()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "d/link"), "../a");
        Assert.Equal(["d", "d/e", "d/e/c", "d/b", "d/link", "a"], Pack("d/e/c", "d", "a", "./d/b"));
        Assert.Equal(["a", "d", "d/b", "d/e", "d/e/c", "d/link"], Pack("."));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("d/../../secret")]
    public void A_source_that_leads_out_is_refused(string source)
    {
        using var recipe = JsonDocument.Parse(JsonSerializer.Serialize(new { files = new[] { new { from = source, to = "/x" } } }));
        Assert.Throws<ArgumentException>(() => RecipeFiles.Sources(recipe.RootElement));
    }

    [Theory]
    [InlineData("l", "../secret")]
    [InlineData("l", "/etc/passwd")]
    [InlineData("l", "..")]
    [InlineData("d/l", "../../secret")]
    [InlineData("l", "d/../../secret")]
    [InlineData("l", "d/../a")]
    public void A_link_that_leads_out_is_refused(string name, string target)
    {
        File.CreateSymbolicLink(Path.Combine(_folder, name), target);
        Assert.Contains("link", Assert.Throws<ArgumentException>(() => Pack(name)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Pack("."));
    }

    [Fact]
    public void Nothing_is_read_through_a_link_and_what_is_missing_is_said()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "up"), _outside);
        Assert.Contains("link", Assert.Throws<ArgumentException>(() => Pack("up/secret")).Message, StringComparison.Ordinal);
        Assert.Contains("'none'", Assert.Throws<ArgumentException>(() => Pack("none")).Message, StringComparison.Ordinal);
        Assert.Contains("'d/none'", Assert.Throws<ArgumentException>(() => Pack("d/none")).Message, StringComparison.Ordinal);
    }

    private string[] Pack(params string[] sources)
    {
        var tar = new MemoryStream();
        RecipeFiles.Pack(_folder, sources, tar);
        tar.Position = 0;
        using var reader = new TarReader(tar);
        var names = new List<string>();
        while (reader.GetNextEntry() is { } entry) names.Add(entry.Name.TrimEnd('/'));
        return [.. names];
    }
}

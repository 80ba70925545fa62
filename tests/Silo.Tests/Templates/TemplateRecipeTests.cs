using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Tests.Templates;

public sealed class TemplateRecipeTests
{
    private const string Small = "name n\nsuite s\nvariant v\nepoch 5\nuser u 1000 /home/u /bin/sh\n";

    [Fact]
    public void The_base_recipe_has_what_the_product_promises()
    {
        var recipe = TemplateRecipe.Find("base")!;
        string[] promised =
        [
            "bash", "coreutils", "procps", "findutils", "grep", "sed", "tar", "gzip", "curl", "ca-certificates", "git", "less", "nano", "vim-tiny",
            "python3", "python3-numpy", "python3-pandas",
        ];
        Assert.Subset(recipe.Packages.ToHashSet(), promised.ToHashSet());
        Assert.Equal(new TemplateUser("user", 1000, "/home/user", "/bin/bash"), recipe.User);
        Assert.Equal("bookworm", recipe.Suite);
        Assert.DoesNotContain("://", recipe.CustomizeScript, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_changes_with_the_recipe_and_with_the_script()
    {
        var hash = TemplateRecipe.Parse(Small, "script").Hash;
        Assert.Equal(hash, TemplateRecipe.Parse(Small, "script").Hash);
        Assert.NotEqual(hash, TemplateRecipe.Parse(Small + "package p\n", "script").Hash);
        Assert.NotEqual(hash, TemplateRecipe.Parse(Small, "script 2").Hash);
    }

    [Fact]
    public void Options_for_paths_keep_their_order() => Assert.Equal(
        ["path-exclude=/a/*", "path-include=/a/b", "path-exclude=/c"],
        TemplateRecipe.Parse(Small + "exclude /a/*\ninclude /a/b\nexclude /c\n", "").PathOptions);

    [Theory]
    [InlineData("pakage p\n", "'pakage p' is unknown")]
    [InlineData("package\n", "'package' is unknown")]
    [InlineData("suite other\n", "'suite VALUE'")]
    [InlineData("user v 1001 /home/v /bin/sh\n", "'user NAME UID HOME SHELL'")]
    public void A_recipe_with_a_mistake_is_refused(string line, string why)
    {
        var refused = Assert.Throws<FormatException>(() => TemplateRecipe.Parse(Small + line, ""));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_recipe_of_another_name()
    {
        Assert.Null(TemplateRecipe.Find("nope"));
        Assert.Null(TemplateRecipe.Find("../base"));
    }
}

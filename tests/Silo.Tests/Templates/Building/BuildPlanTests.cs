using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Templates.Building;

namespace Sandbox.Silo.Tests.Templates.Building;

public sealed class BuildPlanTests
{
    private static readonly Recipe _recipe = new()
    {
        Base = "base",
        Network = true,
        Apt = ["jq", "/srv/x.deb"],
        Pip = ["requests"],
        Npm = ["left-pad"],
        Files = [new RecipeFile("a; reboot", "/srv/$(id)")],
        Run = [new RecipeCommand("make && make install", Root: true), new RecipeCommand("id", Root: false)],
    };

    [Fact]
    public void Names_are_arguments_and_neither_options_nor_a_part_of_a_shells_text()
    {
        var plan = BuildPlan.Of(_recipe);
        Assert.Equal([BuildPlan.Files + "/a; reboot", "/srv/$(id)"], plan[0].Arguments.TakeLast(2));
        Assert.DoesNotContain("reboot", plan[0].Arguments[2], StringComparison.Ordinal);
        Assert.Equal(["apt-get", "-q", "update"], plan[1].Arguments);
        Assert.Equal(["--", "jq", "/srv/x.deb"], plan[2].Arguments.TakeLast(3));
        Assert.Equal(["--", "requests"], plan[3].Arguments.TakeLast(2));
        Assert.Equal(["--", "left-pad"], plan[4].Arguments.TakeLast(2));
        Assert.Equal([true, true, true, true, true, true, false], plan.Select(command => command.Root));
        Assert.Equal(["sh", "-ec", "make && make install"], plan[5].Arguments);
    }

    [Fact]
    public void Without_the_network_nothing_looks_for_it()
    {
        var plan = BuildPlan.Of(_recipe with { Network = false });
        Assert.DoesNotContain(plan, command => command.Arguments.Contains("update"));
        Assert.Contains(plan, command => command.Arguments.Contains("--no-index"));
        Assert.Contains(plan, command => command.Arguments.Contains("--offline"));
    }

    [Fact]
    public void The_hash_changes_with_the_recipe_what_it_stands_on_and_its_files()
    {
        LayerDescriptor[] stack = [new(LayerDigest.OfText("a"), LayerDigest.OfText("b"), 1, 1)];
        var hash = RecipeHash.Of(_recipe, stack, below: null, RecipeFiles.None);
        Assert.Equal(hash, RecipeHash.Of(_recipe with { Run = [.. _recipe.Run] }, stack, below: null, RecipeFiles.None));
        Assert.NotEqual(hash, RecipeHash.Of(_recipe with { Start = ["sleep"] }, stack, below: null, RecipeFiles.None));
        Assert.NotEqual(hash, RecipeHash.Of(_recipe with { Environment = new() { ["A"] = "b" } }, stack, below: null, RecipeFiles.None));
        Assert.NotEqual(hash, RecipeHash.Of(_recipe, [stack[0], stack[0]], below: null, RecipeFiles.None));
        Assert.NotEqual(hash, RecipeHash.Of(_recipe, stack, new TemplateConfiguration { RecipeHash = "x", Base = "base" }, RecipeFiles.None));
        Assert.NotEqual(hash, RecipeHash.Of(_recipe, stack, below: null, "0"));
    }
}

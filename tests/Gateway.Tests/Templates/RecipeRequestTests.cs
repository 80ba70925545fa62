using System.Text.Json;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Templates;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Tests.Templates;

/// <summary>Recipes, which come from strangers.</summary>
public sealed class RecipeRequestTests
{
    [Theory]
    [InlineData("""{"pkgs":["jq"]}""", "recipe has no member 'pkgs'.")]
    [InlineData("""{"base":"../base"}""", "recipe.base must be the name")]
    [InlineData("""{"base":"-x"}""", "recipe.base must be the name")]
    [InlineData("""{"apt":["jq"]}""", "recipe.apt: 'jq' comes from the network: say \"network\": true")]
    [InlineData("""{"npm":["left-pad"]}""", "recipe.npm: 'left-pad' comes from the network")]
    [InlineData("""{"network":true,"apt":["--allow-unauthenticated"]}""", "recipe.apt: '--allow-unauthenticated' is no package")]
    [InlineData("""{"network":true,"pip":["a b"]}""", "recipe.pip: 'a b' is no package")]
    [InlineData("""{"network":true,"npm":[""]}""", "recipe.npm: '' is no package")]
    [InlineData("""{"network":1}""", "recipe.network must be true or false.")]
    [InlineData("""{"files":[{"from":"../x","to":"/x"}]}""", "recipe.files: from must be a path below the recipe's folder")]
    [InlineData("""{"files":[{"from":"a/../../x","to":"/x"}]}""", "recipe.files: from must be a path below the recipe's folder")]
    [InlineData("""{"files":[{"from":"/etc/passwd","to":"/x"}]}""", "recipe.files: from must be a path below the recipe's folder")]
    [InlineData("""{"files":[{"from":"","to":"/x"}]}""", "recipe.files: from must be a path below the recipe's folder")]
    [InlineData("""{"files":[{"from":"a","to":"x"}]}""", "recipe.files: to must be an absolute path")]
    [InlineData("""{"files":[{"from":"a","to":"/a/../b"}]}""", "recipe.files: to must be an absolute path")]
    [InlineData("""{"files":[{"from":"a","to":"/"}]}""", "recipe.files: to must be an absolute path")]
    [InlineData("""{"files":[{"from":"a","to":"/x","mode":"0644"}]}""", "recipe.files has no member 'mode'.")]
    [InlineData("""{"files":["a"]}""", "recipe.files must hold objects.")]
    [InlineData("""{"files":{"a":"/b"}}""", "recipe.files must be an array")]
    [InlineData("""{"run":"ls"}""", "recipe.run must be an array")]
    [InlineData("""{"run":[""]}""", "recipe.run: a command is empty.")]
    [InlineData("""{"run":[1]}""", "run must be a text.")]
    [InlineData("""{"run":[{"command":"ls","as":"root"}]}""", "recipe.run has no member 'as'.")]
    [InlineData("""{"run":[{"command":"ls","user":"daemon"}]}""", "user must be one of: user, root.")]
    [InlineData("""{"env":{"A=B":"c"}}""", "env: a variable cannot be called 'A=B'")]
    [InlineData("""{"user":"daemon"}""", "recipe.user must be one of: user, root.")]
    [InlineData("""{"cwd":"srv"}""", "cwd must be an absolute path")]
    [InlineData("""{"start":[""]}""", "recipe.start must begin with the program's name")]
    public void What_cannot_be_is_refused_and_named(string recipe, string message)
    {
        var refused = Assert.Throws<CallException>(() => Read(recipe));
        Assert.Equal("invalid", refused.Error.Code);
        Assert.StartsWith(message, refused.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('a', 255)]
    [InlineData('\u00e4', 42)]
    public void A_directory_is_as_long_as_a_sandboxs_may_be(char character, int most)
    {
        static string Recipe(string path) => JsonSerializer.Serialize(new { cwd = path });
        var longest = "/" + new string(character, most);
        Assert.Equal(longest, Read(Recipe(longest)).Directory);
        Assert.StartsWith("recipe.cwd: at most 256 bytes", Assert.Throws<CallException>(() => Read(Recipe(longest + character))).Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_a_recipe_may_hold_is_refused()
    {
        Assert.Contains("recipe.run must be an array of at most 256.", Refusal(new { run = Enumerable.Repeat("ls", 257) }), StringComparison.Ordinal);
        Assert.Contains("recipe.apt must be an array of at most 256 texts.", Refusal(new { network = true, apt = Enumerable.Repeat("jq", 257) }), StringComparison.Ordinal);
        Assert.Contains("recipe: at most 262144 bytes.", Refusal(new { run = Enumerable.Repeat(new string('x', 60_000), 5) }), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_is_the_usual_and_what_is_said_is_taken()
    {
        var least = Read("{}");
        Assert.Equal(("base", false, null, null), (least.Base, least.Network, least.Root, least.Directory));
        var most = Read("""
            {"base":"mine","network":true,"apt":["g++","libc6:amd64"],"pip":["requests==2.31","/srv/x.whl"],"npm":["@types/node@20"],
             "files":[{"from":"app","to":"/srv/app"},{"from":"conf/a.json","to":"/etc/"},{"from":".","to":"/srv/all"}],
             "run":["make", {"command":"id","user":"user"}],"env":{"A":"b"},"user":"root","cwd":"/srv","start":["python3","-i"]}
            """);
        Assert.Equal([new RecipeFile("app", "/srv/app"), new RecipeFile("conf/a.json", "/etc/a.json"), new RecipeFile(".", "/srv/all")], most.Files);
        Assert.Equal([new RecipeCommand("make", Root: true), new RecipeCommand("id", Root: false)], most.Run);
        Assert.Equal(("mine", true, "/srv", "b"), (most.Base, most.Root, most.Directory, most.Environment["A"]));
        Assert.Equal(["g++", "libc6:amd64", "@types/node@20", "python3", "-i"], [.. most.Apt, .. most.Npm, .. most.Start]);
    }

    private static string Refusal(object recipe) => Assert.Throws<CallException>(() => Read(JsonSerializer.Serialize(recipe))).Error.Message;

    private static Recipe Read(string recipe) => RecipeRequest.Read(Arguments.Of(JsonElement.Parse($$"""{"recipe":{{recipe}}}""")), new SandboxLimitsOptions());
}

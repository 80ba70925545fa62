namespace Sandboxes.Cli.Tests;

public sealed class TemplateCommandTests : CliTest
{
    [Fact(Timeout = 120_000)]
    public async Task A_recipe_that_copies_from_elsewhere_is_refused_in_one_sentence()
    {
        var directory = Directory.CreateTempSubdirectory("sandbox-cli-").FullName;
        try
        {
            var recipe = Path.Combine(directory, "bad.json");
            await File.WriteAllTextAsync(recipe, """{ "files": [{ "from": "../other", "to": "/srv" }] }""", Cancel);
            Assert.Equal(
                "sandbox: The recipe copies '../other', which is not below its folder: give a relative path without '..'.\n", (await RunAsync("template", "build", recipe)).Error);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

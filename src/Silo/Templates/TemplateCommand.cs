using System.Diagnostics;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Templates;

/// <summary>The commands <c>template build NAME --data DIR</c> and <c>template path NAME --data DIR</c>, which the set-up calls.</summary>
internal static class TemplateCommand
{
    private const string Usage = "usage: template build|path NAME --data DIR";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">What follows <c>template</c>.</param>
    /// <param name="output">
    /// Of a build, takes a line for each step, with the seconds since the start, and at the end where the template is; of a path, that alone.
    /// </param>
    /// <param name="error">Takes what went wrong.</param>
    /// <param name="cancellationToken">Ends the build.</param>
    /// <returns>The exit code: 0, 1 when the template cannot be built, 2 for wrong arguments.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        if (arguments is not ["build" or "path", var name, "--data", var directory])
        {
            await error.WriteLineAsync(Usage);
            return 2;
        }

        if (TemplateRecipe.Find(name) is not { } recipe)
        {
            await error.WriteLineAsync($"There is no recipe '{name}'. This product has: {string.Join(", ", TemplateRecipe.Shipped.Order(StringComparer.Ordinal))}.");
            return 2;
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            var data = DataDirectory.Open(directory);
            using var store = DirectoryBlobStore.Open(data.Blobs, TimeProvider.System);
            await using var layers = new LayerDirectories(data, store, new LayerLimits());
            var catalog = new TemplateCatalog(store, layers);
            if (arguments[0] == "path")
            {
                await output.WriteLineAsync((await catalog.ResolveAsync(name, cancellationToken)).Directory);
                return 0;
            }

            var builder = new TemplateBuilder(data, store, catalog, TimeProvider.System);
            var progress = new StepLines(TextWriter.Synchronized(output), started);
            var template = await builder.EnsureAsync(recipe, progress, cancellationToken);
            // Now rather than at the server's first start, which is to be quick.
            using var images = new RootImages(new ServerDirectories(data.Path).Images, HostMachine.AgentFile);
            await images.GetAsync(template.Digest.Hex, template.Directory, cancellationToken);
            progress.Report($"template {template.Name} {template.Digest} is in {template.Directory}");
            return 0;
        }
        catch (Exception exception) when (exception is TemplateException or DataDirectoryException or LayerException or IOException)
        {
            await error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>Writes each step at once and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class StepLines(TextWriter output, long started) : IProgress<string>
    {
        public void Report(string value) => output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:0.0} s  {value}");
    }
}

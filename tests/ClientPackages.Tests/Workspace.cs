namespace Sandbox.ClientPackages.Tests;

/// <summary>A folder of its own with a copy of the clients and their examples: package managers write where the sources are.</summary>
public sealed class Workspace : IDisposable
{
    private static readonly HashSet<string> s_made = new(StringComparer.Ordinal) { "node_modules", "dist", "build", "bin", "obj", "__pycache__" };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sandbox-clients-");

    public Workspace()
    {
        foreach (var part in new[] { "clients", "examples" }) Copy(System.IO.Path.Combine(Repository, part), Path(part));
    }

    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A place in the folder.</summary>
    public string Path(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([_folder.FullName, .. parts]);

    /// <summary>Makes an empty folder in it.</summary>
    public string CreateFolder(string name) => _folder.CreateSubdirectory(name).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Sandbox.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("These tests read the clients' sources: run them from where they were built, in the repository.");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            var name = System.IO.Path.GetFileName(folder);
            if (!s_made.Contains(name)) Copy(folder, System.IO.Path.Combine(to, name));
        }
    }
}

namespace Sandbox.TestServer;

/// <summary>What `./sandbox setup` has made and the tests stand on.</summary>
public static class SetUp
{
    /// <summary>The data directory in which the base template was built.</summary>
    public static string DataDirectory => Required("SANDBOX_TEST_DATA");

    /// <summary>The base template's unpacked root filesystem.</summary>
    public static string RootFilesystem => Required("SANDBOX_TEST_ROOTFS");

    /// <summary>The server's assembly, beside this one in the folder of build outputs.</summary>
    public static string ServerAssembly
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(output.Parent!.Parent!.FullName, "Sandbox.Silo", output.Name, "Sandbox.Silo.dll");
        }
    }

    /// <summary>The checkout that the tests were built from.</summary>
    public static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Sandbox.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside of a checkout.");
            return folder.FullName;
        }
    }

    private static string Required(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"{variable} is not set: run the tests by ./sandbox test, which sets up what they need.");
}

namespace Sandbox.Silo.Languages;

/// <summary>What programs find in a sandbox: the user they run as and the environment they start with. Templates provide the user.</summary>
internal static class Guest
{
    /// <summary>The user's id and group id.</summary>
    public const int UserId = 1000;

    /// <summary>The user's home, where programs start.</summary>
    public const string Home = "/home/user";

    /// <summary>The FIFO by which a poured program reports a result.</summary>
    public const string ResultPath = "/tmp/.sandbox-result";

    /// <summary>
    /// The environment of a program. Python's output is unbuffered, so that it is seen as it is written, even into a pipe.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = Home,
        ["USER"] = "user",
        ["LOGNAME"] = "user",
        ["SHELL"] = "/bin/bash",
        ["LANG"] = "C.UTF-8",
        ["PYTHONUNBUFFERED"] = "1",
    };

    /// <summary>The environment with a caller's variables over it, as <c>NAME=value</c>.</summary>
    public static string[] EnvironmentWith(IReadOnlyDictionary<string, string> own)
    {
        var all = new Dictionary<string, string>(Environment);
        foreach (var (name, value) in own) all[name] = value;
        return [.. all.Select(variable => $"{variable.Key}={variable.Value}")];
    }
}

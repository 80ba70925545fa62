using Sandbox.Grains.Templates;

namespace Sandbox.Silo.Templates.Building;

/// <summary>What is run in a build's sandbox. Names of a recipe are arguments, never a part of a shell's text, and never options. Pure.</summary>
internal static class BuildPlan
{
    /// <summary>Where a build keeps what is gone at its end.</summary>
    public const string Folder = "/var/tmp/sandbox-build";

    /// <summary>Where the uploaded files are during a build.</summary>
    public const string Files = Folder + "/files";

    /// <summary>Comes before everything: a place of its own, and another's name resolution out of the way.</summary>
    public static BuildCommand Prepare { get; } = Shell(
        "prepare", $"rm -rf {Folder} && mkdir -p {Folder}/cache {Files} && chmod 1777 {Folder}/cache && if [ -e /etc/resolv.conf ]; then mv /etc/resolv.conf {Folder}/; fi");

    /// <summary>Comes behind everything: what nobody wants in a template goes.</summary>
    public static BuildCommand Finish { get; } = Shell(
        "finish",
        "rm -f /etc/resolv.conf && "
        + $"if [ -e {Folder}/resolv.conf ]; then mv {Folder}/resolv.conf /etc/; fi && rm -rf {Folder} && "
        + "find /var/cache/apt /var/lib/apt/lists /root/.npm /root/.cache -type f -delete 2>/dev/null || true");

    /// <summary>The commands of a recipe, in their order.</summary>
    public static IReadOnlyList<BuildCommand> Of(Recipe recipe) =>
    [
        .. recipe.Files.Select(file => Shell(
            $"copy {file.From} to {file.To}", "mkdir -p -- \"$(dirname -- \"$2\")\" && cp -RPT --preserve=mode,timestamps,links -- \"$1\" \"$2\"", $"{Files}/{file.From}", file.To)),
        .. recipe.Apt.Length > 0 && recipe.Network ? [Named("apt-get", "-q", "update")] : ReadOnlySpan<BuildCommand>.Empty,
        .. Install(recipe.Apt, "apt-get", "-q", "install", "-y", "--no-install-recommends"),
        .. Install(
            recipe.Pip, "python3", "-m", "pip", "install", "--break-system-packages", "--root-user-action=ignore", "--no-warn-script-location",
            "--disable-pip-version-check", recipe.Network ? null : "--no-index"),
        .. Install(recipe.Npm, "npm", "install", "--global", "--no-audit", "--no-fund", "--no-update-notifier", recipe.Network ? null : "--offline"),
        .. recipe.Run.Select(run => new BuildCommand(run.Command, ["sh", "-ec", run.Command], run.Root)),
    ];

    /// <summary>Variables of every command, under those of the recipe.</summary>
    /// <param name="root">Whether root runs it.</param>
    public static Dictionary<string, string> Environment(bool root) => new(StringComparer.Ordinal)
    {
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["APT_CONFIG"] = $"{Folder}/apt.conf",
        ["PIP_NO_CACHE_DIR"] = "1",
        ["npm_config_cache"] = $"{Folder}/cache/npm-{(root ? "root" : "user")}",
    };

    private static IEnumerable<BuildCommand> Install(string[] packages, params string?[] command) =>
        packages.Length == 0 ? [] : [Named([.. command.OfType<string>(), "--", .. packages])];

    private static BuildCommand Named(params string[] arguments) => new(string.Join(' ', arguments), arguments);

    private static BuildCommand Shell(string shown, string script, params string[] arguments) => new(shown, ["sh", "-ec", script, "sh", .. arguments]);
}

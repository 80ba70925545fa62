using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Sandbox.Silo.Templates.Building;

/// <summary>Where a build gets packages from, as the operator or this machine's own settings say: the product names no mirror of its own.</summary>
/// <param name="Files">Files of its sandbox by their paths, gone at the end of the build.</param>
/// <param name="Environment">Variables of its commands.</param>
internal sealed record BuildSources(IReadOnlyDictionary<string, byte[]> Files, IReadOnlyDictionary<string, string> Environment)
{
    private const string Certificates = "/etc/ssl/certs/ca-certificates.crt";
    private const string GuestCertificates = BuildPlan.Folder + "/certificates.crt";
    private static readonly TimeSpan _npmAnswersWithin = TimeSpan.FromSeconds(20);

    /// <summary>Those of a build without a network: apt looks at no source.</summary>
    public static BuildSources None { get; } = new(Config([], []), new Dictionary<string, string>());

    /// <summary>Those of a build with the host's network.</summary>
    /// <param name="options">What the operator says.</param>
    /// <param name="apt">Whether it does not do without apt: a machine of another Debian than the template's has no sources for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TemplateException">They cannot be read. The message says what to do.</exception>
    public static async Task<BuildSources> ReadAsync(TemplateOptions options, bool apt, CancellationToken cancellationToken)
    {
        var trusted = File.Exists(Certificates) ? new[] { $"Acquire::https::CaInfo \"{GuestCertificates}\";" } : [];
        Dictionary<string, byte[]> files;
        try
        {
            files = Config(await AptAsync(options, cancellationToken), [.. trusted, .. await AptSettings.ReadAsync(cancellationToken)]);
        }
        catch (TemplateException) when (!apt)
        {
            files = Config([], trusted);
        }

        if (File.Exists("/etc/resolv.conf")) files["/etc/resolv.conf"] = await File.ReadAllBytesAsync("/etc/resolv.conf", cancellationToken);
        var environment = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(pair => ((string)pair.Key).EndsWith("_proxy", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value!, StringComparer.Ordinal);
        if ((options.NpmRegistry ?? await NpmAsync(cancellationToken)) is { } registry) environment["npm_config_registry"] = registry;
        if ((options.PipIndex ?? System.Environment.GetEnvironmentVariable("PIP_INDEX_URL")) is { Length: > 0 } index) environment["PIP_INDEX_URL"] = index;
        if (trusted.Length == 0) return new BuildSources(files, environment);

        // Whom this machine trusts, which may be more than the template does.
        files[GuestCertificates] = await File.ReadAllBytesAsync(Certificates, cancellationToken);
        foreach (var name in (ReadOnlySpan<string>)["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "npm_config_cafile", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"])
            environment[name] = GuestCertificates;
        return new BuildSources(files, environment);
    }

    private static Dictionary<string, byte[]> Config(IReadOnlyList<string> sources, IReadOnlyList<string> settings) => new(StringComparer.Ordinal)
    {
        [BuildPlan.Folder + "/sources.list"] = Lines(sources),
        [BuildPlan.Folder + "/apt.conf"] = Lines(
        [
            $"Dir::Etc::SourceList \"{BuildPlan.Folder}/sources.list\";", "Dir::Etc::SourceParts \"/dev/null\";",
            "Acquire::Languages \"none\";", "APT::Install-Recommends \"false\";", "APT::Sandbox::User \"root\";", "APT::Update::Error-Mode \"any\";",
            "Dpkg::Use-Pty \"false\";", "Dpkg::Options:: \"--force-unsafe-io\";", .. settings,
        ]),
    };

    private static byte[] Lines(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private static async Task<IReadOnlyList<string>> AptAsync(TemplateOptions options, CancellationToken cancellationToken)
    {
        if (options.AptSources is not { } file) return AptSources.Read("/etc/apt", TemplateRecipe.Find(TemplateRecipe.Base)!.Suite);
        try
        {
            return await File.ReadAllLinesAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TemplateException($"The package sources for builds (Templates:AptSources) cannot be read: {e.Message}", e);
        }
    }

    private static async Task<string?> NpmAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("npm") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in (ReadOnlySpan<string>)["config", "get", "registry"]) start.ArgumentList.Add(argument);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_npmAnswersWithin);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var text = (await process.StandardOutput.ReadToEndAsync(deadline.Token)).Trim();
                await process.WaitForExitAsync(deadline.Token);
                return process.ExitCode == 0 && Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? text : null;
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is Win32Exception or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // This machine has no npm, or one that does not answer: the template's knows its own registry.
            return null;
        }
    }
}

using System.ComponentModel;
using System.Diagnostics;

namespace Sandbox.Silo.Templates;

/// <summary>Settings of this machine's apt that templates are built with too, so that a proxy or a frozen mirror works there as it does for apt itself.</summary>
internal static class AptSettings
{
    private static readonly string[] _names = ["Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::Retries"];

    /// <summary>The settings, each as a line of apt.conf.</summary>
    /// <exception cref="TemplateException">This machine has no apt.</exception>
    public static async Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("apt-config") { UseShellExecute = false, RedirectStandardOutput = true };
        start.ArgumentList.Add("dump");
        try
        {
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return [.. output.Split('\n').Where(line => !line.EndsWith(" \"\";", StringComparison.Ordinal) && _names.Any(name =>
                line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "::", StringComparison.Ordinal)))];
        }
        catch (Win32Exception e)
        {
            throw new TemplateException($"apt-config cannot be started ({e.Message}). Run 'apt-get install apt'.", e);
        }
    }
}

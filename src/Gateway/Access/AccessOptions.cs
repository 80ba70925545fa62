using Microsoft.Extensions.Configuration;

namespace Sandbox.Gateway.Access;

/// <summary>
/// Who may connect. Bound from the configuration section <c>Access</c> and checked at start. Each way in that is configured is open beside the
/// others; with none, everybody who reaches the server is the owner <c>default</c>, and the server must listen on the loopback alone.
/// </summary>
public sealed class AccessOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Access";

    /// <summary>API keys, each as its hash.</summary>
    public AccessKey[] Keys { get; set; } = [];

    /// <summary>Google identity tokens; null: not a way in.</summary>
    public GoogleAccess? Google { get; set; }

    /// <summary>A proxy that says who calls; null: not a way in.</summary>
    public TrustedProxyAccess? TrustedProxy { get; set; }

    /// <summary>
    /// True when no way in is configured, so that whoever reaches the server may do everything: it must then listen on the loopback alone, and
    /// whoever binds it elsewhere must refuse to start.
    /// </summary>
    public bool RequiresLoopback => Keys.Length == 0 && Google is null && TrustedProxy is null;

    /// <summary>Reads them as the gateway will, for whoever decides where to listen.</summary>
    public static AccessOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.GetSection(Section).Get<AccessOptions>() ?? new AccessOptions();
    }
}

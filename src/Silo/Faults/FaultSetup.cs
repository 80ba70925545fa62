using Sandbox.Grains.Sandboxes;

namespace Sandbox.Silo.Faults;

/// <summary>Adds faults on demand.</summary>
internal static class FaultSetup
{
    /// <summary>Adds them as they are configured: none, and nothing in their place, unless a test asks for them.</summary>
    public static void AddFaults(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<FaultOptions>().Bind(builder.Configuration.GetSection(FaultOptions.Section))
            .Validate<IHostEnvironment>((faults, environment) => !faults.Any || environment.IsDevelopment(), "Faults: they are for tests, in the environment Development.")
            .ValidateOnStart();
        builder.Services.AddSingleton<FaultControl>();
        builder.Services.AddSingleton(provider => new SandboxClock(provider.GetRequiredService<FaultControl>().Clock));
    }
}

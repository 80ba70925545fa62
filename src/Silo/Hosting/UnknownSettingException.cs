namespace Sandbox.Silo.Hosting;

/// <summary>An argument or an environment variable names a setting that does not exist.</summary>
internal sealed class UnknownSettingException(string name) : Exception($"There is no setting {name}: docs/configuration.md has them all.");

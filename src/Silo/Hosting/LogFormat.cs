namespace Sandbox.Silo.Hosting;

/// <summary>How the server writes its log to its standard output.</summary>
public enum LogFormat
{
    /// <summary>A line for a person.</summary>
    Text = 0,

    /// <summary>A JSON object a line, with the time in UTC.</summary>
    Json = 1,
}

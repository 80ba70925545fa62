namespace Sandboxes;

/// <summary>The connection was made or lost.</summary>
/// <param name="Connected">Whether it is there now.</param>
/// <param name="Connections">How many connections there have been, this one included.</param>
/// <param name="Cause">Why it was lost, where that is known.</param>
public sealed record ConnectionChange(bool Connected, int Connections, Exception? Cause);

namespace Orleans.Configuration;

/// <summary>How calls are carried on a host.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>
    /// How many calls may wait for or run in one activation; further ones get a <c>LimitExceededException</c> at once. 10,000 here (Orleans
    /// itself sets no limit); zero or less for no limit.
    /// </summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; } = 10_000;
}

namespace Orleans.Runtime;

/// <summary>How an enumeration in a grain stands.</summary>
internal enum EnumerationState
{
    /// <summary>There may be more.</summary>
    Running,

    /// <summary>These were the last items.</summary>
    Completed,

    /// <summary>It has been ended, by its activation's end or because nobody asked for the next item.</summary>
    Aborted,
}

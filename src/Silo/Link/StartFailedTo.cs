namespace Sandbox.Silo.Link;

/// <summary>What a START_FAILED answers.</summary>
internal enum StartFailedTo
{
    /// <summary>The START: there is no process.</summary>
    Start,

    /// <summary>A POUR: the mould waits on.</summary>
    Pour,

    /// <summary>A POUR that an EXIT has answered before.</summary>
    Nothing,
}

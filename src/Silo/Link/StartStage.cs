namespace Sandbox.Silo.Link;

/// <summary>Where a start or a pour failed. 1 to 6 are the agent's own numbers.</summary>
internal enum StartStage : byte
{
    /// <summary>Making a file.</summary>
    File = 1,

    /// <summary>Entering the working directory.</summary>
    Directory = 2,

    /// <summary>Becoming the user.</summary>
    Credentials = 3,

    /// <summary>Running the program: it is missing, or no program.</summary>
    Exec = 4,

    /// <summary>Setting a limit, or getting what a process needs.</summary>
    Resources = 5,

    /// <summary>A pour, and the process is no waiting mould.</summary>
    NoWaitingMould = 6,

    /// <summary>The id was started before; nothing was started now.</summary>
    AlreadyStarted = 128,

    /// <summary>The host's: all of it together is longer than a frame may be. Make the files smaller, or the arguments fewer.</summary>
    TooLong = 129,

    /// <summary>The host's: too many processes on one link.</summary>
    TooManyProcesses = 130,
}

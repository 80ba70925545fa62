namespace Sandbox.Guest.Tests.Agent;

/// <summary>What a host knew when it had read HELD: with it, any number of copies can be gone on with.</summary>
public sealed class HeldSandbox
{
    private readonly IReadOnlyList<GuestProgram> _programs;

    internal HeldSandbox(uint newest, IEnumerable<GuestProgram> programs)
    {
        Newest = newest;
        _programs = [.. programs.Select(program => program.CopyFor(null!))];
    }

    internal uint Newest { get; }

    internal IEnumerable<GuestProgram> ProgramsFor(AgentSession session) => _programs.Select(program => program.CopyFor(session));
}

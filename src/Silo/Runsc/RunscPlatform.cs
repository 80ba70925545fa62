namespace Sandbox.Silo.Runsc;

/// <summary>How gVisor catches a guest's system calls. KVM is left out: it hung on the build that this was measured with.</summary>
public enum RunscPlatform
{
    /// <summary>seccomp traps: quicker at file walks, but an idle sandbox burns processor time.</summary>
    Systrap,

    /// <summary>ptrace: quicker at fork, nearly free while idle.</summary>
    Ptrace,
}

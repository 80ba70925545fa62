using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sandbox.Silo.Runsc;

/// <summary>
/// This machine's processor, as far as it decides whether a checkpoint restores here: runsc wants every feature that the checkpoint's had, and cache lines of
/// the same size. Programs in the guest choose their code by features once, at their start.
/// </summary>
/// <param name="Features">Names of its features, as the kernel spells them.</param>
/// <param name="CacheLineBytes">Size of a cache line; 0 where the machine does not say.</param>
internal sealed partial record HostCpu(ImmutableSortedSet<string> Features, int CacheLineBytes)
{
    /// <summary>What the kernel lists as flags, though no program can use it: its own findings, and counters and mitigations that no two hosts share.</summary>
    private static readonly FrozenSet<string> _notOfPrograms = FrozenSet.Create(
        StringComparer.Ordinal,
        "constant_tsc", "nonstop_tsc", "tsc_known_freq", "tsc_reliable", "tsc_adjust", "tsc_deadline_timer", "rep_good", "nopl", "xtopology", "cpuid", "extd_apicid",
        "arch_perfmon", "aperfmperf", "arat", "bts", "pebs", "pdcm", "dtherm", "ida", "pln", "pts", "hwp", "hwp_notify", "hwp_act_window", "hwp_epp", "hwp_pkg_req",
        "epb", "cpb", "hw_pstate", "proc_feedback", "cdp_l2", "cdp_l3", "cat_l2", "cat_l3", "mba", "cqm_llc", "cqm_occup_llc", "cqm_mbm_total", "cqm_mbm_local",
        "perfctr_core", "perfctr_nb", "perfctr_llc", "amd_lbr_v2", "perfmon_v2", "nmi_watchdog", "acc_power", "ring3mwait", "cpuid_fault", "sme", "sev", "sev_es",
        "invpcid_single", "pti", "ssbd", "virt_ssbd", "ibrs", "ibrs_enhanced", "ibpb", "ibpb_exit_to_user", "stibp", "stibp_always_on", "amd_ibrs", "amd_stibp", "amd_ssbd",
        "retpoline", "rsb_ctxsw", "use_ibpb", "md_clear", "flush_l1d", "arch_capabilities", "hypervisor", "vmmcall", "vmx", "svm", "tpr_shadow", "vnmi", "flexpriority",
        "ept", "vpid", "ept_ad", "vapic", "npt", "lbrv", "svm_lock", "nrip_save", "tsc_scale", "vmcb_clean", "flushbyasid", "decodeassists", "pausefilter",
        "pfthreshold", "avic", "v_vmsave_vmload", "vgif", "x2avic", "v_spec_ctrl", "split_lock_detect", "bus_lock_detect", "osvw", "overflow_recov", "succor", "smca");

    /// <summary>Looks at this machine.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HostCpu Read(string file = "/proc/cpuinfo") => Parse(File.ReadAllText(file));

    /// <summary>Reads the text of <c>/proc/cpuinfo</c>. Of several processors it takes what all have.</summary>
    public static HostCpu Parse(string text)
    {
        ImmutableSortedSet<string>? features = null;
        var line = 0;
        foreach (Match match in Line().Matches(text))
        {
            var value = match.Groups["value"].Value;
            if (match.Groups["cache"].Success)
            {
                line = int.Parse(value, CultureInfo.InvariantCulture);
                continue;
            }

            var own = value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Where(name => !_notOfPrograms.Contains(name))
                .ToImmutableSortedSet(StringComparer.Ordinal);
            features = features?.Intersect(own) ?? own;
        }

        return new HostCpu(features ?? ImmutableSortedSet<string>.Empty.WithComparer(StringComparer.Ordinal), line);
    }

    /// <summary>The setting's list: names between commas. Empty means that nothing is levelled.</summary>
    /// <exception cref="FormatException">Something in it is no name.</exception>
    public static ImmutableArray<string> ParseList(string setting)
    {
        var names = setting.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.FirstOrDefault(name => !Name().IsMatch(name)) is { } wrong
            ? throw new FormatException($"\"{wrong}\" in the setting Runsc:CpuFeatures is no processor feature. It is a list of names between commas, such as fpu,sse2,avx2.")
            : [.. names.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>What guests see of it: all, or what is in the operator's list too. A checkpoint records this.</summary>
    /// <param name="list">The operator's list; empty for all.</param>
    public HostCpu LevelledTo(ImmutableArray<string> list) => list.IsEmpty ? this : this with { Features = Features.Intersect(list) };

    /// <summary>What a checkpoint made on another processor needs and this one lacks; empty where it restores here, as far as runsc's own check goes.</summary>
    /// <param name="recorded">What the checkpoint recorded.</param>
    public ImmutableArray<string> Lacks(HostCpu recorded) =>
    [
        .. recorded.Features.Except(Features),
        .. recorded.CacheLineBytes == CacheLineBytes ? Array.Empty<string>() : [$"cache lines of {recorded.CacheLineBytes} bytes"],
    ];

    [GeneratedRegex(@"^(?:flags|Features|(?<cache>clflush size))\s*: (?<value>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"^[a-z0-9_]{1,32}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}

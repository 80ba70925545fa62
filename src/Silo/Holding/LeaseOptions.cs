using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Holding;

/// <summary>How long a host holds a sandbox by one write of its head. Section <c>Lease</c>.</summary>
public sealed class LeaseOptions : IValidatableObject
{
    /// <summary>
    /// How long a lease lasts from the sending of the write that renewed it: 3 seconds to 40 days. Another host waits so long when the holder
    /// says nothing more; a new life of the same host does not, so one machine alone may take a long one.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:03", "40.00:00:00")]
    public TimeSpan Length { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How much earlier the holder takes its own lease for ended: what the rates of two clocks may differ by in one lease, and how long a byte
    /// may be on its way after the check that let it pass. At least a tenth of a second, less than a third of the length.
    /// </summary>
    public TimeSpan Margin { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a lease is renewed; after a failure it is tried sooner.</summary>
    public TimeSpan RenewEvery => Length / 3;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Margin < TimeSpan.FromSeconds(0.1) || Margin >= Length / 3)
        {
            yield return new ValidationResult($"Lease:Margin ({Margin}) must be at least 0.1 s and less than a third of Lease:Length ({Length}).", [nameof(Margin)]);
        }
    }
}
